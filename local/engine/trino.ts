import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, EngineError, type EngineResult } from "./engine.ts";
import { icebergStatement } from "./iceberg-statement.ts";
import { parsePage, type TrinoPage } from "./trino-page.ts";

export interface TrinoEngineOptions {
  /** The server's address, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly catalog: string;
  readonly schema: string;
  /** Shown in the server's list of queries (`minutes`). Nothing depends on it. */
  readonly user?: string;
}

/** Answers that come from a proxy; the request may be repeated. */
const TRANSIENT_STATUSES = new Set([502, 503, 504]);
const TRANSIENT_RETRIES = 100;
const RETRY_MILLISECONDS = 100;

/**
 * Uses a Trino server, the engine that Athena runs, as the engine of the local Athena, over its REST protocol
 * (https://trino.io/docs/476/develop/client-protocol.html), in UTC. The server must accept long statements
 * (`query.max-length`).
 */
export function trinoEngine(options: TrinoEngineOptions): Engine {
  return {
    run: async (sql, parameters, signal) => {
      let last: EngineResult = { columns: [], rows: [], dataScannedInBytes: 0 };
      for (const statement of toStatements(options, sql, parameters)) {
        last = await run(options, statement, signal);
      }
      return last;
    },
    close: async () => undefined,
  };
}

/**
 * The catalog of Iceberg tables. The hive catalog redirects to them, because Athena's one catalog contains both
 * kinds.
 */
const ICEBERG_CATALOG = "iceberg";
/** The least age that Trino may remove by default. */
const RETENTION = "retention_threshold => '7d'";

/** Translates Athena's statements for Iceberg tables for Trino; leaves all others unchanged. */
function toStatements(
  { schema }: TrinoEngineOptions,
  sql: string,
  parameters: readonly string[],
): readonly string[] {
  const statement = icebergStatement(sql);
  if (statement === undefined || statement.kind === "write") return [toStatement(sql, parameters)];
  const table = `${ICEBERG_CATALOG}.${schema}.${statement.table}`;
  if (statement.kind === "add column")
    return [`ALTER TABLE ${table} ADD COLUMN ${statement.column.join(" ")}`];
  if (statement.kind === "optimize") return [`ALTER TABLE ${table} EXECUTE optimize`];
  if (statement.kind === "vacuum") {
    return ["expire_snapshots", "remove_orphan_files"].map(
      (procedure) => `ALTER TABLE ${table} EXECUTE ${procedure}(${RETENTION})`,
    );
  }
  const columns = statement.columns.map((column) => column.join(" ")).join(", ");
  const partitions = statement.partitions.map(
    ([transform, parameter, column]) => `'${transform}(${column}, ${parameter})'`,
  );
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${columns})
     WITH (partitioning = ARRAY[${partitions.join(", ")}], location = 'local:///tables/${schema}/${statement.table}')`,
  ];
}

/** With EXECUTE IMMEDIATE, Trino accepts expressions for the placeholders, as Athena does. */
function toStatement(sql: string, parameters: readonly string[]): string {
  if (parameters.length === 0) return sql;
  // Each on a line of its own, so that a comment in one does not hide the next.
  return `EXECUTE IMMEDIATE '${sql.replaceAll("'", "''")}' USING\n${parameters.join("\n,")}\n`;
}

async function run(
  options: TrinoEngineOptions,
  statement: string,
  signal: AbortSignal,
): Promise<EngineResult> {
  signal.throwIfAborted();
  let next: string | undefined;
  try {
    // The signal does not abort this call: an answer that is not read could leave the query running at an unknown
    // address.
    let page = await request(`${options.url}/v1/statement`, {
      method: "POST",
      headers: sessionHeaders(options),
      body: statement,
    });
    let columns = page.columns;
    const rows: (readonly (string | null)[])[] = [];
    for (;;) {
      next = page.nextUri;
      if (page.error !== null) throw new EngineError(page.error);
      columns ??= page.columns;
      for (const row of page.rows) rows.push(row);
      if (next === undefined) {
        const { physicalInputBytes: dataScannedInBytes, cpuMilliseconds } = page;
        return { columns: columns ?? [], rows, dataScannedInBytes, cpuMilliseconds };
      }
      signal.throwIfAborted();
      page = await request(next, { signal });
    }
  } catch (error) {
    if (next !== undefined) await cancel(next);
    signal.throwIfAborted();
    throw error instanceof EngineError ? error : new EngineError(messageOf(error), { cause: error });
  }
}

function sessionHeaders(options: TrinoEngineOptions): Record<string, string> {
  return {
    "content-type": "text/plain; charset=utf-8",
    "x-trino-user": options.user ?? "minutes",
    "x-trino-catalog": options.catalog,
    "x-trino-schema": options.schema,
    "x-trino-time-zone": "UTC",
  };
}

async function request(url: string, init: RequestInit): Promise<TrinoPage> {
  for (let retries = 0; ; retries++) {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.status === 200) return parsePage(text);
    if (!TRANSIENT_STATUSES.has(response.status) || retries === TRANSIENT_RETRIES) {
      throw new EngineError(`Trino answered ${response.status}: ${text}`);
    }
    await sleep(RETRY_MILLISECONDS, undefined, init.signal ? { signal: init.signal } : {});
  }
}

/** Cancels the query. Ignores a server that cannot be reached any more. */
async function cancel(nextUri: string): Promise<void> {
  await fetch(nextUri, { method: "DELETE" }).catch(() => undefined);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
