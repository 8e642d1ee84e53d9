import {
  BLOB,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBScalarFunction,
  type DuckDBValue,
  VARCHAR,
} from "@duckdb/node-api";
import { type Day, isDay } from "../../lib/period.ts";
import { projectionFrom, requireLake } from "../lake/files.ts";
import { createStandIn } from "./asked-days.ts";
import { type Engine, EngineError, type EngineResult } from "./engine.ts";
import { withExpressions } from "./expressions.ts";
import { type IcebergStatement, icebergStatement } from "./iceberg-statement.ts";
import { type LakeViews, lakeViews, TEXT_OF_BYTES } from "./lake-views.ts";

export interface DuckdbOptions {
  /** A file for the rollup's tables; without it they are in memory. */
  readonly database?: string;
  /** First day of the date projection (2020-01-01). The projection ends tomorrow; other days have no rows. */
  readonly earliestDate?: string;
}

/**
 * Runs DuckDB in this process over a lake folder, and reads it as Athena does. Each statement reads the files that
 * exist when it begins, and only those of the days that it asks for. Iceberg tables become DuckDB tables, which are
 * as atomic and last as long as the engine.
 *
 * @throws LakeError if the folder lacks a table
 */
export async function duckdbEngine(lakeDirectory: string, options: DuckdbOptions = {}): Promise<Engine> {
  const { database = ":memory:", earliestDate = "2020-01-01" } = options;
  await requireLake(lakeDirectory);
  // Without its ICU extension, DuckDB uses the process's time zone for files whose timestamps have one.
  process.env["TZ"] = "UTC";
  // Without the cache each statement reads the current files, and the bytes read belong to that statement.
  const instance = await DuckDBInstance.create(database, { enable_external_file_cache: "false" });
  const start = requireDay(earliestDate);
  const views = lakeViews(lakeDirectory, () => projectionFrom(start));
  await withConnection(instance, async (connection) => {
    await createStandIn(connection);
    connection.registerScalarFunction(textOfBytes());
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
          const over = { connection, views, signal };
          if (statement === undefined) return await run(over, withExpressions(sql, parameters));
          // One after the other. DuckDB would let two concurrent statements insert the same rows, but Iceberg refuses
          // the later commit.
          const before = lastWrite;
          const { promise, resolve } = Promise.withResolvers<void>();
          lastWrite = promise;
          await before;
          try {
            return await change(over, statement, sql);
          } finally {
            resolve();
          }
        } finally {
          running -= 1;
          if (running === 0) await connection.run("CALL truncate_duckdb_logs()");
        }
      }),
    close: async () => {
      instance.closeSync();
      await views.close();
    },
  };
}

function requireDay(text: string): Day {
  if (isDay(text)) return text;
  throw new RangeError(`${text} is not a day.`);
}

/** Decodes UTF-8. Invalid bytes become U+FFFD, as in Trino's results (tried). */
function textOfBytes(): DuckDBScalarFunction {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return DuckDBScalarFunction.create({
    name: TEXT_OF_BYTES,
    parameterTypes: [BLOB],
    returnType: VARCHAR,
    mainFunction: (_info, input, output) => {
      const bytes = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const value = bytes.getItem(row);
        output.setItem(row, value instanceof DuckDBBlobValue ? decoder.decode(value.bytes) : null);
      }
      output.flush();
    },
  });
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

/** What a statement runs over. */
interface Over {
  readonly connection: DuckDBConnection;
  readonly views: LakeViews;
  readonly signal: AbortSignal;
}

async function run(over: Over, sql: string): Promise<EngineResult> {
  return overLake(over, sql, async (connection) => {
    const columns = await describe(connection, sql);
    // As bytes, because the client's own decoding of text drops a leading U+FEFF.
    const result = await connection.run(`SELECT encode(CAST(COLUMNS(*) AS varchar)) FROM (${sql}\n)`);
    // Chunk by chunk: the client's values are several times as large as their texts.
    const rows: (string | null)[][] = [];
    for await (const chunk of result.yieldRows())
      for (const row of chunk) rows.push(row.map((value, index) => toText(value, columns[index]?.type)));
    return { columns, rows, dataScannedInBytes: await bytesRead(connection) };
  });
}

/** Uses the views of a statement. If it fails because of a file, names that file or reads it in another way. */
async function overLake(
  { connection, views, signal }: Over,
  sql: string,
  use: (connection: DuckDBConnection) => Promise<EngineResult>,
): Promise<EngineResult> {
  return interruptible(connection, signal, async () => {
    const files = await views.create(connection, sql);
    try {
      return await use(connection);
    } catch (error) {
      if (signal.aborted || !isAboutFiles(error) || !(await views.inspect(connection, files))) throw error;
      await views.create(connection, sql);
      return use(connection);
    }
  });
}

/** Whether a file may be the reason: an error of reading or decoding, not of the statement. */
function isAboutFiles(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:IO|Invalid Input|Invalid|TProtocolException|HTTP) ?Error/.test(error.message)
  );
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
    if (error instanceof EngineError) throw error;
    throw new EngineError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

/** A statement without rows. */
async function change(over: Over, statement: IcebergStatement, sql: string): Promise<EngineResult> {
  return overLake(over, statement.kind === "write" ? sql : "", async (connection) => {
    const own = inOwnWords(statement, sql);
    if (own !== undefined) await connection.run(own);
    return { columns: [], rows: [], dataScannedInBytes: await bytesRead(connection) };
  });
}

/**
 * The statement that does to DuckDB's table what Iceberg does to its files. Sorting makes reads small and compresses.
 * VACUUM needs no statement: DuckDB frees old versions of rows itself, and CHECKPOINT fails during other
 * transactions.
 */
function inOwnWords(statement: IcebergStatement, sql: string): string | undefined {
  if (statement.kind === "create") {
    const columns = statement.columns.map((column) => column.join(" "));
    return `CREATE TABLE IF NOT EXISTS ${statement.table} (${columns.join(", ")})`;
  }
  if (statement.kind === "add column") {
    return `ALTER TABLE ${statement.table} ADD COLUMN ${statement.column.join(" ")}`;
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

/** Renders a value as in Athena's result CSV. Timestamps have milliseconds. */
function toText(value: DuckDBValue, type: string | undefined): string | null {
  if (!(value instanceof DuckDBBlobValue)) return null;
  const text = Buffer.from(value.bytes).toString();
  if (type !== "timestamp") return text;
  const [seconds, fraction = ""] = text.split(".");
  return `${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}`;
}

/** Returns the bytes of all reads of the connection, from DuckDB's file system log. */
async function bytesRead(connection: DuckDBConnection): Promise<number> {
  const reads = await connection.run(
    `SELECT sum(bytes) FROM duckdb_logs_parsed('FileSystem')
     WHERE op = 'READ' AND connection_id = current_connection_id()`,
  );
  return Number((await reads.getRows())[0]?.[0] ?? 0);
}
