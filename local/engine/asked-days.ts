import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import type { Day } from "../../lib/period.ts";
import { LAKE_TABLES } from "./lake-tables.ts";

/**
 * Creates the table that replaces `call_usage` while a statement is planned. Its rows span all values, so that the
 * planner cannot prove a filter false from the table's statistics.
 */
export async function createStandIn(connection: DuckDBConnection): Promise<void> {
  const { columns } = LAKE_TABLES.call_usage;
  const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  const row = (values: Readonly<Record<"varchar" | "bigint" | "timestamp", string>>) =>
    `(${Object.values(columns)
      .map((type) => values[type])
      .join(", ")})`;
  const rows = [
    row({ varchar: "NULL", bigint: "NULL", timestamp: "NULL" }),
    row({ varchar: "''", bigint: "-9223372036854775808", timestamp: "TIMESTAMP '0001-01-01'" }),
    row({
      varchar: "chr(1114111)",
      bigint: "9223372036854775807",
      timestamp: "TIMESTAMP '9999-12-31 23:59:59'",
    }),
  ];
  await connection.run(`CREATE OR REPLACE TABLE call_usage (${definitions.join(", ")})`);
  await connection.run(`INSERT INTO call_usage VALUES ${rows.join(", ")}`);
}

interface Node {
  readonly children: readonly Node[];
  readonly extra_info: Readonly<Record<string, unknown>>;
}
const node: z.ZodType<Node> = z.object({
  get children() {
    return z.array(node);
  },
  extra_info: z.record(z.string(), z.unknown()),
});
const scan = z.object({
  Table: z.string().regex(/\.call_usage$/),
  Filters: z.union([z.string().transform((filter) => [filter]), z.array(z.string())]).default([]),
});

/**
 * Determines which of these days a statement may read, from the planner's filters on its scans of `call_usage`. It
 * ignores filters that use other columns too, so it may return too many days but never too few.
 *
 * @param connection a connection in which the table of `createStandIn` is `call_usage`
 * @throws DuckDB's error if the statement is invalid
 */
export async function askedDays(
  connection: DuckDBConnection,
  statement: string,
  days: readonly Day[],
): Promise<Day[]> {
  const explained = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${statement}`);
  const plan = z.array(node).parse(JSON.parse(String(explained.getRows()[0]?.[1])));
  const scans = scansIn(plan);
  // The planner has found that the statement needs no rows, or names the table differently: then nothing is known.
  if (scans.length === 0) return [...days];
  const asked = new Set<Day>();
  for (const filters of scans) {
    let left: readonly Day[] = days;
    for (const filter of filters) left = await daysThat(connection, filter, left);
    for (const day of left) asked.add(day);
  }
  return days.filter((day) => asked.has(day));
}

/** Returns the days that a filter allows; all days if it uses other columns, which DuckDB then does not find. */
async function daysThat(connection: DuckDBConnection, filter: string, days: readonly Day[]) {
  const list = days.map((day) => `('${day}')`).join(", ");
  if (list === "") return [];
  try {
    const admitted = await connection.runAndReadAll(
      `SELECT dt FROM (VALUES ${list}) AS days (dt) WHERE ${filter}`,
    );
    const found = new Set(admitted.getRows().map(([day]) => day));
    return days.filter((day) => found.has(day));
  } catch {
    return days;
  }
}

/** Returns the filters of each scan of `call_usage` that only use days. */
function scansIn(nodes: readonly Node[]): string[][] {
  return nodes.flatMap(({ children, extra_info }) => {
    const { data } = scan.safeParse(extra_info);
    const own = data === undefined ? [] : [data.Filters.flatMap(dayFilters)];
    return [...own, ...scansIn(children)];
  });
}

/**
 * Splits a filter such as `a AND b AND optional: c OR d` into its parts: rows of the scan satisfy a, b, and one of c
 * and d. Plans omit parentheses. Read without them, a part allows the same days or more, because AND binds before OR.
 */
function dayFilters(filter: string): string[] {
  // A text that is not a day could contain anything, even text that looks like a filter.
  const literals = filter.match(/'(?:[^']|'')*'/g) ?? [];
  if (!/\bdt\b/.test(filter) || !literals.every((literal) => /^'[0-9-]{7,10}'$/.test(literal))) return [];
  return filter.split(/(?:^| AND )optional: /).filter((part) => part !== "");
}
