import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResult,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import { type Engine, EngineError, type EngineResult } from "./engine.ts";
import { withExpressions } from "./expressions.ts";
import { LAKE_TABLES, LakeError } from "./lake-tables.ts";

/**
 * DuckDB in this process over a lake folder. Files that appear later are seen by the next statement.
 *
 * @throws LakeError that says what the folder lacks: a table's files, a column, or a column's type
 */
export async function duckdbEngine(lakeDirectory: string): Promise<Engine> {
  const instance = await DuckDBInstance.create(":memory:", {
    // Read from the files each time, so that bytes read are those of the statement.
    enable_external_file_cache: "false",
  });
  const connection = await instance.connect();
  try {
    await declareTables(connection, lakeDirectory);
  } finally {
    connection.closeSync();
  }
  return {
    run: (sql, parameters, signal) => run(instance, withExpressions(sql, parameters), signal),
    close: async () => instance.closeSync(),
  };
}

async function declareTables(connection: DuckDBConnection, directory: string): Promise<void> {
  if (!existsSync(directory)) throw new LakeError(`There is no folder ${directory}.`);
  for (const [table, { files, columns }] of Object.entries(LAKE_TABLES)) {
    const partitions =
      "dt" in columns
        ? "hive_partitioning = true, hive_types = {'dt': VARCHAR}"
        : "hive_partitioning = false";
    const path = join(directory, files).replaceAll("'", "''");
    const source = `read_parquet('${path}', ${partitions}, union_by_name = true)`;
    const casts = Object.entries(columns).map(([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`);
    const present = await columnsOf(connection, source).catch((error: unknown) => {
      throw new LakeError(`The lake needs Parquet files at ${join(directory, files)}.`, { cause: error });
    });
    const missing = Object.keys(columns).filter((name) => !present.has(name));
    if (missing.length > 0) {
      throw new LakeError(`The table ${table} in ${directory} lacks the column ${missing.join(", ")}.`);
    }
    await connection.run(`CREATE VIEW ${table} AS SELECT ${casts.join(", ")} FROM ${source}`);
  }
}

async function columnsOf(connection: DuckDBConnection, source: string): Promise<Set<string>> {
  const result = await connection.run(`SELECT * FROM ${source} LIMIT 0`);
  return new Set(result.columnNames());
}

async function run(instance: DuckDBInstance, sql: string, signal: AbortSignal): Promise<EngineResult> {
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  const profile = join(tmpdir(), `duckdb-${randomUUID()}.json`);
  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", interrupt);
    await connection.run("SET enable_profiling = 'json'");
    await connection.run(`SET profiling_output = '${profile.replaceAll("'", "''")}'`);
    await connection.run(`SET custom_profiling_settings = '{"TOTAL_BYTES_READ": "true"}'`);
    const result = await connection.run(sql);
    const rows = await textRows(result);
    const columns = result.columnNames().map((name, index) => ({
      name,
      type: result.columnType(index).toString().toLowerCase(),
    }));
    return { columns, rows, dataScannedInBytes: await bytesRead(profile) };
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
    await rm(profile, { force: true });
  }
}

async function textRows(result: DuckDBResult): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const chunk of result.yieldRows()) {
    for (const row of chunk) rows.push(row.map(toText));
  }
  return rows;
}

/** A value as Athena's result CSV shows it. */
function toText(value: DuckDBValue): string | null {
  if (value === null) return null;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampMillisecondsValue) {
    return value.toString().replace(/(\.\d{1,3})?\d*$/, (fraction) => fraction.padEnd(4, "0"));
  }
  return String(value);
}

/** What the profile says; DuckDB writes it when the statement has ended. */
async function bytesRead(profile: string): Promise<number> {
  const parsed: unknown = JSON.parse(await readFile(profile, "utf8"));
  const isProfile = typeof parsed === "object" && parsed !== null && "total_bytes_read" in parsed;
  return isProfile ? Number(parsed.total_bytes_read) : 0;
}
