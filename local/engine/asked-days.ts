import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import type { Day } from "../../lib/period.ts";
import { LAKE_TABLES } from "./lake-tables.ts";

/**
 * Creates the table that stands for `call_usage` while a statement is planned. Its rows span all values, so that the
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
 * Which of these days a statement may read, by the planner's own filters on its scans of `call_usage`. A filter that is
 * not about days alone is left out, so that a day too many is possible and a day too few is not.
 *
 * @param connection sees the table of `createStandIn` as `call_usage`
 * @throws DuckDB's error when the statement is wrong
 */
export async function askedDays(
  connection: DuckDBConnection,
  statement: string,
  days: readonly Day[],
): Promise<Day[]> {
  const explained = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${statement}`);
  const plan = z.array(node).parse(JSON.parse(String(explained.getRows()[0]?.[1])));
  const scans = scansIn(plan);
  // The planner has found that the statement needs no rows, or calls the table otherwise: then nothing is known.
  if (scans.length === 0) return [...days];
  const asked = new Set<Day>();
  for (const filters of scans) {
    let left: readonly Day[] = days;
    for (const filter of filters) left = await daysThat(connection, filter, left);
    for (const day of left) asked.add(day);
  }
  return days.filter((day) => asked.has(day));
}

/** The days that a filter admits; all where it is about other columns, which DuckDB then does not find. */
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

/** The filters of each scan of `call_usage` that are about days alone. */
function scansIn(nodes: readonly Node[]): string[][] {
  return nodes.flatMap(({ children, extra_info }) => {
    const { data } = scan.safeParse(extra_info);
    const own = data === undefined ? [] : [data.Filters.flatMap(dayFilters)];
    return [...own, ...scansIn(children)];
  });
}

/**
 * The parts of a filter such as `a AND b AND optional: c OR d`, where rows of the scan fulfil a, b, and one of c and d.
 * Plans leave out parentheses. Read without them a part admits the same days or more, since AND binds before OR.
 */
function dayFilters(filter: string): string[] {
  // A text that is no day could hold anything, also what looks like a filter.
  const literals = filter.match(/'(?:[^']|'')*'/g) ?? [];
  if (!/\bdt\b/.test(filter) || !literals.every((literal) => /^'[0-9-]{7,10}'$/.test(literal))) return [];
  return filter.split(/(?:^| AND )optional: /).filter((part) => part !== "");
}
