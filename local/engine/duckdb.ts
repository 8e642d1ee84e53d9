import { existsSync } from "node:fs";
import { join } from "node:path";
import { DuckDBBlobValue, type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { type Engine, EngineError, type EngineResult } from "./engine.ts";
import { withExpressions } from "./expressions.ts";
import { type IcebergStatement, icebergStatement } from "./iceberg-statement.ts";
import { LAKE_TABLES, LakeError } from "./lake-tables.ts";

/**
 * DuckDB in this process over a lake folder. Files that appear later are seen by the next statement. Iceberg tables are
 * tables of DuckDB's own, as atomic as those; they last as long as the engine.
 *
 * @param database a file to keep the tables in; in memory when left out
 * @throws LakeError that says what the folder lacks: a table's files, a column, or a column's type
 */
export async function duckdbEngine(lakeDirectory: string, database = ":memory:"): Promise<Engine> {
  // DuckDB without its ICU extension goes by the zone of the process where a file's timestamps have one.
  process.env["TZ"] = "UTC";
  // Without its cache each statement reads the files as they are, and bytes read are those of the statement.
  const instance = await DuckDBInstance.create(database, { enable_external_file_cache: "false" });
  await withConnection(instance, async (connection) => {
    await declareTables(connection, lakeDirectory);
    await connection.run("CALL enable_logging('FileSystem', level = 'trace')");
  });
  let running = 0;
  let lastWrite: Promise<unknown> = Promise.resolve();
  return {
    run: (sql, parameters, signal) =>
      withConnection(instance, async (connection) => {
        running += 1;
        try {
          const statement = icebergStatement(sql);
          if (statement === undefined) return await run(connection, withExpressions(sql, parameters), signal);
          // One after the other: of two at once DuckDB would let both insert the same rows, where Iceberg refuses the
          // later commit.
          const before = lastWrite;
          const { promise, resolve } = Promise.withResolvers<void>();
          lastWrite = promise;
          await before;
          try {
            return await change(connection, statement, sql, signal);
          } finally {
            resolve();
          }
        } finally {
          running -= 1;
          if (running === 0) await connection.run("CALL truncate_duckdb_logs()");
        }
      }),
    close: async () => instance.closeSync(),
  };
}

async function withConnection<T>(
  instance: DuckDBInstance,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
}

async function declareTables(connection: DuckDBConnection, directory: string): Promise<void> {
  if (!existsSync(directory)) throw new LakeError(`There is no folder ${directory}.`);
  for (const [table, { files, columns }] of Object.entries(LAKE_TABLES)) {
    const partitions =
      "dt" in columns
        ? "hive_partitioning = true, hive_types = {'dt': VARCHAR}"
        : "hive_partitioning = false";
    const path = join(escapeGlob(directory), files).replaceAll("'", "''");
    const source = `read_parquet('${path}', ${partitions}, union_by_name = true)`;
    const casts = Object.entries(columns).map(([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`);
    const present = await columnsOf(connection, source).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message.split("\n")[0] : "";
      throw new LakeError(`The lake needs Parquet files at ${join(directory, files)}. ${reason}`, {
        cause: error,
      });
    });
    const missing = Object.keys(columns).filter((name) => !present.has(name));
    if (missing.length > 0) {
      throw new LakeError(`The table ${table} in ${directory} lacks the column ${missing.join(", ")}.`);
    }
    for (const [name, type] of Object.entries(columns)) {
      const found = present.get(name) ?? "";
      if (READABLE[type].test(found)) continue;
      throw new LakeError(`The column ${name} of ${table} in ${directory} is ${found}; it must be ${type}.`);
    }
    await connection.run(`CREATE OR REPLACE VIEW ${table} AS SELECT ${casts.join(", ")} FROM ${source}`);
  }
}

/** The columns of the files, each with its type as DuckDB names it. */
async function columnsOf(connection: DuckDBConnection, source: string): Promise<Map<string, string>> {
  const columns = await describe(connection, `SELECT * FROM ${source}`);
  return new Map(columns.map(({ name, type }) => [name, type]));
}

/** Types of files that can be read as the catalog's; a column of nulls alone may come as any integer. */
const READABLE = {
  bigint: /int/,
  timestamp: /^(timestamp|date|.*int)/,
  varchar: /^(varchar|uuid|.*int)/,
} as const;

/** A folder's name with the characters that a glob would take for its own. */
function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}

async function run(connection: DuckDBConnection, sql: string, signal: AbortSignal): Promise<EngineResult> {
  return interruptible(connection, signal, async () => {
    const columns = await describe(connection, sql);
    // As bytes, since the client's own decoding of text drops a leading U+FEFF.
    const result = await connection.run(`SELECT encode(CAST(COLUMNS(*) AS varchar)) FROM (${sql}\n)`);
    const rows = (await result.getRows()).map((row) =>
      row.map((value, index) => toText(value, columns[index]?.type)),
    );
    return { columns, rows, dataScannedInBytes: await bytesRead(connection) };
  });
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  use: () => Promise<T>,
): Promise<T> {
  const interrupt = () => connection.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    signal.throwIfAborted();
    return await use();
  } catch (error) {
    signal.throwIfAborted();
    throw new EngineError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

/** A statement without rows. */
async function change(
  connection: DuckDBConnection,
  statement: IcebergStatement,
  sql: string,
  signal: AbortSignal,
): Promise<EngineResult> {
  return interruptible(connection, signal, async () => {
    const own = inOwnWords(statement, sql);
    if (own !== undefined) await connection.run(own);
    return { columns: [], rows: [], dataScannedInBytes: await bytesRead(connection) };
  });
}

/**
 * The statement that does to DuckDB's table what Iceberg does to its files: sorting makes reads small and compresses.
 * VACUUM needs none: DuckDB frees old versions of rows by itself, and CHECKPOINT fails beside other transactions.
 */
function inOwnWords(statement: IcebergStatement, sql: string): string | undefined {
  if (statement.kind === "create") {
    const columns = statement.columns.map((column) => column.join(" "));
    return `CREATE TABLE IF NOT EXISTS ${statement.table} (${columns.join(", ")})`;
  }
  if (statement.kind === "optimize") {
    return `CREATE OR REPLACE TABLE ${statement.table} AS FROM ${statement.table}
      ORDER BY left(dt, 7), reseller_id, organization_id, agent_id, dt`;
  }
  return statement.kind === "vacuum" ? undefined : sql;
}

async function describe(connection: DuckDBConnection, sql: string): Promise<EngineResult["columns"]> {
  const statement = await connection.prepare(sql);
  return Array.from({ length: statement.columnCount }, (_, index) => ({
    name: statement.columnName(index),
    type: statement.columnType(index).toString().toLowerCase(),
  }));
}

/** A value as Athena's result CSV shows it; a timestamp with its milliseconds. */
function toText(value: DuckDBValue, type: string | undefined): string | null {
  if (!(value instanceof DuckDBBlobValue)) return null;
  const text = Buffer.from(value.bytes).toString();
  if (type !== "timestamp") return text;
  const [seconds, fraction = ""] = text.split(".");
  return `${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}`;
}

/** Bytes of all reads that the connection has made, as DuckDB's log of its file system has them. */
async function bytesRead(connection: DuckDBConnection): Promise<number> {
  const reads = await connection.run(
    `SELECT sum(bytes) FROM duckdb_logs_parsed('FileSystem')
     WHERE op = 'READ' AND connection_id = current_connection_id()`,
  );
  return Number((await reads.getRows())[0]?.[0] ?? 0);
}
