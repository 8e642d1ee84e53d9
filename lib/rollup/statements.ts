import { type Day, isDay, type Period } from "../period.ts";
import type { Query, Statement } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import { type Fragment, plain, sql, stringLiteral } from "../sql.ts";
import { COUNTED_SECONDS, LATEST_FIRST_AND_EACH_BROKEN, rankedRecords } from "../usage/counted-calls.ts";
import { digits } from "../usage/row.ts";
import { BROKEN_RECORDS, parseBrokenRecords } from "./broken-records.ts";
import type { RecordedDay } from "./coverage.ts";

/** A day to be merged, with the content of its mark. */
export interface MarkedDay {
  readonly day: Day;
  readonly source: string;
}

/** The column that tables of the first release lack. */
const BROKEN_RECORDS_COLUMN = "broken_records string";

/**
 * Creates the table if it is missing. It has a row for each day, reseller, organization and agent with calls. Each
 * rolled-up day, with calls or without, also has a mark: a row without reseller. Its `source` says from which files
 * the day was made, and its `broken_records` how many of its records are broken (null: none).
 *
 * The table is partitioned by month, and within it by 16 buckets of resellers, so that a report of one reseller reads
 * little more than its own share. A month's marks are a partition of their own. `dt` is text as in `call_usage`, and
 * its first seven characters are its month. It is Athena's own Iceberg, because CloudFormation cannot state the
 * partition transforms:
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
 *
 * @param location `s3://<bucket>/<prefix>/` of the table's files
 */
export function createTable(location: string): Statement {
  return {
    text: `CREATE TABLE IF NOT EXISTS usage_daily (
  dt string, reseller_id string, organization_id string, agent_id string, seconds bigint, calls bigint, source string,
  ${BROKEN_RECORDS_COLUMN}
)
PARTITIONED BY (truncate(7, dt), bucket(16, reseller_id))
LOCATION ${stringLiteral(location)}
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'zstd')`,
  };
}

/**
 * Adds the column that a table of the first release lacks. Athena has no `IF NOT EXISTS` here, so the statement is
 * run only after a query has found the column missing.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-add-columns.html
 */
export function addBrokenRecordsColumn(): Statement {
  return { text: `ALTER TABLE usage_daily ADD COLUMNS (${BROKEN_RECORDS_COLUMN})` };
}

/** Selects the marks of all days. */
export function recordedDays(): Query<RecordedDay> {
  return {
    text: `SELECT dt, max(source) AS source, count(*) AS marks, max(broken_records) AS broken_records
FROM usage_daily
WHERE reseller_id IS NULL
GROUP BY dt
ORDER BY dt`,
    parameters: [],
    columns: ["dt", "source", "marks", "broken_records"],
    parseRow: ([day, source, marks, broken]) => {
      if (typeof day !== "string" || !isDay(day) || typeof source !== "string" || broken === undefined)
        throw new TypeError("The row is not the mark of a day.");
      return { day, source, marks: Number(digits(marks)), broken: parseBrokenRecords(broken) };
    },
  };
}

/**
 * Merges days into the table, all of it or nothing: the groups that changed, those that are new, those that are gone,
 * and the days' marks. Rows that are already right are not written again, and a second run changes nothing.
 *
 * `rankedRecords` defines which record of a call counts, as in a report. Broken records go into the group without ids,
 * which is the key of the day's mark, so that one scan gives both figures and counts.
 *
 * Trino has no `WHEN NOT MATCHED BY SOURCE`. So the source also contains the existing groups, united with the new ones
 * and grouped; null (no agent) is a key like any other. In ON an equality of texts stands for it, because engines can
 * hash that; no id is empty.
 *
 * Each merge gives the days' marks a new id. If a file came and went while a merge read it, the same files may give
 * other figures. The marks then differ too, so that no answer made from one is used for the other.
 *
 * The values are in the text, because Athena accepts `?` only in SELECT, INSERT, CTAS and UNLOAD, not in MERGE.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 *
 * @param days consecutive, at least one
 */
export function mergeDays(_scope: AllResellers, days: readonly MarkedDay[]): Statement {
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError("no days to merge");
  const within = (column: string) => daysWithin(column, { start: first.day, end: last.day });
  const marks = days.map(({ day, source }) => `(${stringLiteral(day)}, ${stringLiteral(source)})`);
  const { text } = sql`
MERGE INTO usage_daily AS recorded
USING (
  WITH ${rankedRecords(within("dt"), { window: LATEST_FIRST_AND_EACH_BROKEN })},
  keyed_records AS (
    SELECT dt, broken, CASE WHEN broken = 0 THEN reseller_id END AS reseller_id,
      CASE WHEN broken = 0 THEN organization_id END AS organization_id,
      CASE WHEN broken = 0 THEN agent_id END AS agent_id,
      CASE WHEN broken = 0 THEN ${COUNTED_SECONDS} ELSE 0 END AS seconds
    FROM ranked_records
    WHERE place = 1
  ),
  stated AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      CAST(sum(seconds) AS bigint) AS seconds, CAST(count(CASE WHEN broken = 0 THEN 1 END) AS bigint) AS calls,
      CAST(NULL AS varchar) AS source,
      CASE WHEN reseller_id IS NULL THEN ${BROKEN_RECORDS} END AS broken_records
    FROM keyed_records
    GROUP BY dt, reseller_id, organization_id, agent_id
    UNION ALL
    SELECT dt, NULL, NULL, NULL, 0, 0, source || ' ' || CAST(uuid() AS varchar), NULL
    FROM (VALUES ${plain(marks.join(", "))}) AS days (dt, source)
  ),
  sides AS (
    SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records,
      CAST(NULL AS bigint) AS recorded_seconds, CAST(NULL AS bigint) AS recorded_calls,
      CAST(NULL AS varchar) AS recorded_source, CAST(NULL AS varchar) AS recorded_broken_records
    FROM stated
    UNION ALL
    SELECT dt, reseller_id, organization_id, agent_id, NULL, NULL, NULL, NULL, seconds, calls, source, broken_records
    FROM usage_daily
    WHERE ${within("dt")}
  ),
  compared AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      max(seconds) AS seconds, max(calls) AS calls, max(source) AS source, max(broken_records) AS broken_records,
      max(recorded_seconds) AS recorded_seconds, max(recorded_calls) AS recorded_calls,
      max(recorded_source) AS recorded_source, max(recorded_broken_records) AS recorded_broken_records
    FROM sides
    GROUP BY dt, reseller_id, organization_id, agent_id
  )
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records
  FROM compared
  WHERE seconds IS DISTINCT FROM recorded_seconds OR calls IS DISTINCT FROM recorded_calls
    OR source IS DISTINCT FROM recorded_source OR broken_records IS DISTINCT FROM recorded_broken_records
) AS changed
ON ${within("recorded.dt")} AND recorded.dt = changed.dt
  AND COALESCE(recorded.reseller_id, '') = COALESCE(changed.reseller_id, '')
  AND COALESCE(recorded.organization_id, '') = COALESCE(changed.organization_id, '')
  AND COALESCE(recorded.agent_id, '') = COALESCE(changed.agent_id, '')
WHEN MATCHED AND changed.seconds IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET seconds = changed.seconds, calls = changed.calls, source = changed.source,
  broken_records = changed.broken_records
WHEN NOT MATCHED THEN INSERT
  (dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records)
  VALUES (changed.dt, changed.reseller_id, changed.organization_id, changed.agent_id,
    changed.seconds, changed.calls, changed.source, changed.broken_records)`;
  return { text: text.trim() };
}

/** Deletes a day with its mark, for a day that is in an invalid state. */
export function clearDay(_scope: AllResellers, day: Day): Statement {
  return { text: `DELETE FROM usage_daily WHERE dt = ${stringLiteral(day)}` };
}

function daysWithin(column: string, { start, end }: Period): Fragment {
  return plain(`${column} >= ${stringLiteral(start)} AND ${column} <= ${stringLiteral(end)}`);
}
