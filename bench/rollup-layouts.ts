import { usageQuery } from "../lib/usage/query.ts";
import { trinoEngine } from "../local/engine/trino.ts";
import { LAKE_BUCKET } from "../local/functions.ts";
import { HIVE_CATALOG, type Trino } from "../local/trino/lakes.ts";
import { periodOf, scopeOf } from "../tests/lib/valid.ts";
import { MONTH } from "./rollup-lake.ts";
import { median } from "./statistics.ts";

const NEVER = new AbortController().signal;
const PERIOD = periodOf(MONTH.at(0) ?? "", MONTH.at(-1) ?? "");
const TIMES = 5;

/** The partitions and sort orders of a table, in Trino's syntax. Athena can state partitions, but no order. */
const LAYOUTS: Readonly<Record<string, string>> = {
  "by month": "partitioning = ARRAY['truncate(dt, 7)']",
  "by month, sorted by reseller":
    "partitioning = ARRAY['truncate(dt, 7)'], sorted_by = ARRAY['reseller_id', 'dt']",
  "by month and 4 buckets of resellers": "partitioning = ARRAY['truncate(dt, 7)', 'bucket(reseller_id, 4)']",
  "by month and 16 buckets (the service's)":
    "partitioning = ARRAY['truncate(dt, 7)', 'bucket(reseller_id, 16)']",
  "by month and 64 buckets": "partitioning = ARRAY['truncate(dt, 7)', 'bucket(reseller_id, 64)']",
  "by day": "partitioning = ARRAY['dt']",
};

/** Copies the table of a rolled-up lake into each layout, and measures what reports read. */
export async function layouts(trino: Trino, from: string, ids: readonly string[]): Promise<string[][]> {
  const plain = trinoEngine({ url: trino.url, catalog: HIVE_CATALOG, schema: from });
  const run = (text: string, parameters: readonly string[] = []) => plain.run(text, parameters, NEVER);
  const rows: string[][] = [];
  for (const [index, [name, properties]] of Object.entries(LAYOUTS).entries()) {
    const table = `layout_${index}`;
    await run(
      `CREATE TABLE iceberg.${from}.${table} WITH (${properties}, location = 'local:///tables/${from}/${table}')
       AS SELECT * FROM usage_daily`,
    );
    await run(`ALTER TABLE iceberg.${from}.${table} EXECUTE optimize`);
    const report = (resellers: readonly string[]) =>
      usageQuery({
        scope: scopeOf(...resellers),
        period: PERIOD,
        organizationIds: undefined,
        rolled: { lake: `s3://${LAKE_BUCKET}/`, ...PERIOD },
      });
    const taken = async (resellers: readonly string[]) => {
      const { text, parameters } = report(resellers);
      const walls: number[] = [];
      let bytes = 0;
      for (let time = 0; time < TIMES; time++) {
        const startedAt = performance.now();
        const result = await run(
          text.replace("FROM usage_daily", `FROM iceberg.${from}.${table}`),
          parameters,
        );
        walls.push(performance.now() - startedAt);
        bytes = result.dataScannedInBytes;
      }
      return { bytes, wallMs: median(walls) };
    };
    const [all, one] = [await taken(ids), await taken(ids.slice(0, 1))];
    const files = await run(`SELECT count(*), sum(file_size_in_bytes) FROM iceberg.${from}."${table}$files"`);
    const [count, size] = files.rows[0] ?? [];
    rows.push([
      name,
      String(count),
      (Number(size) / 1e6).toFixed(2),
      (all.bytes / 1e6).toFixed(2),
      (one.bytes / 1e6).toFixed(2),
      all.wallMs.toFixed(0),
      one.wallMs.toFixed(0),
    ]);
    await run(`DROP TABLE iceberg.${from}.${table}`);
  }
  return rows;
}
