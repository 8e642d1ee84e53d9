import { type Day, isDay, type Period } from "../period.ts";
import type { Query, Statement } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import { type Fragment, sql, stringLiteral } from "../sql.ts";
import { LATEST_FIRST } from "../usage/lake.ts";
import { digits } from "../usage/row.ts";
import type { RecordedDay } from "./coverage.ts";

/** A day to be merged, with what its mark will say. */
export interface MarkedDay {
  readonly day: Day;
  readonly source: string;
}

/**
 * Makes the table where there is none: a row for each day, reseller, organization and agent with calls, and for each
 * day that was rolled up, with calls or without, its mark: a row without reseller whose `source` tells of which files.
 *
 * Partitioned by month, and within it by 16 buckets of resellers, so that a report of one reseller reads near its own
 * share; a month's marks are a partition of their own. `dt` is text as in `call_usage`, and its first seven characters
 * are its month. Athena's own Iceberg, whose partition transforms CloudFormation cannot state:
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
 *
 * @param location `s3://<bucket>/<prefix>/` of the table's files
 */
export function createTable(location: string): Statement {
  return {
    text: `CREATE TABLE IF NOT EXISTS usage_daily (
  dt string, reseller_id string, organization_id string, agent_id string, seconds bigint, calls bigint, source string
)
PARTITIONED BY (truncate(7, dt), bucket(16, reseller_id))
LOCATION ${stringLiteral(location)}
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'zstd')`,
  };
}

/** The marks of all days. */
export function recordedDays(): Query<RecordedDay> {
  return {
    text: `SELECT dt, max(source) AS source, count(*) AS marks
FROM usage_daily
WHERE reseller_id IS NULL
GROUP BY dt
ORDER BY dt`,
    parameters: [],
    columns: ["dt", "source", "marks"],
    parseRow: ([day, source, marks]) => {
      if (typeof day !== "string" || !isDay(day) || typeof source !== "string")
        throw new TypeError("no mark of a day");
      return { day, source, marks: Number(digits(marks)) };
    },
  };
}

/**
 * Merges days into the table, all of it or nothing: the groups that changed, those that are new, those that are gone,
 * and the days' marks. What stands there as it should is not written again, and a second run changes nothing.
 *
 * A call counts by its latest record, as in a report; all records of a call carry the same day, so a day's files are
 * enough. `WHEN NOT MATCHED BY SOURCE` does not exist in Trino, so the source has the groups that are there as well, one
 * under the other and grouped, null (no agent) being a key like any other. In ON an equality of texts stands for it,
 * which engines can hash; no id is empty.
 *
 * The values are in the text: Athena takes `?` in SELECT, INSERT, CTAS and UNLOAD alone, not in MERGE.
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
  WITH ranked AS (
    SELECT dt, reseller_id, organization_id, agent_id, duration_seconds,
      row_number() OVER (${LATEST_FIRST}) AS place
    FROM call_usage
    WHERE ${within("dt")}
  ),
  stated AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      CAST(sum(CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END) AS bigint) AS seconds,
      CAST(count(*) AS bigint) AS calls, CAST(NULL AS varchar) AS source
    FROM ranked
    WHERE place = 1 AND reseller_id IS NOT NULL
    GROUP BY dt, reseller_id, organization_id, agent_id
    UNION ALL
    SELECT dt, NULL, NULL, NULL, 0, 0, source FROM (VALUES ${plain(marks.join(", "))}) AS days (dt, source)
  ),
  sides AS (
    SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source,
      CAST(NULL AS bigint) AS recorded_seconds, CAST(NULL AS bigint) AS recorded_calls,
      CAST(NULL AS varchar) AS recorded_source
    FROM stated
    UNION ALL
    SELECT dt, reseller_id, organization_id, agent_id, NULL, NULL, NULL, seconds, calls, source
    FROM usage_daily
    WHERE ${within("dt")}
  ),
  compared AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      max(seconds) AS seconds, max(calls) AS calls, max(source) AS source,
      max(recorded_seconds) AS recorded_seconds, max(recorded_calls) AS recorded_calls,
      max(recorded_source) AS recorded_source
    FROM sides
    GROUP BY dt, reseller_id, organization_id, agent_id
  )
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source
  FROM compared
  WHERE seconds IS DISTINCT FROM recorded_seconds OR calls IS DISTINCT FROM recorded_calls
    OR source IS DISTINCT FROM recorded_source
) AS changed
ON ${within("recorded.dt")} AND recorded.dt = changed.dt
  AND COALESCE(recorded.reseller_id, '') = COALESCE(changed.reseller_id, '')
  AND COALESCE(recorded.organization_id, '') = COALESCE(changed.organization_id, '')
  AND COALESCE(recorded.agent_id, '') = COALESCE(changed.agent_id, '')
WHEN MATCHED AND changed.seconds IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET seconds = changed.seconds, calls = changed.calls, source = changed.source
WHEN NOT MATCHED THEN INSERT (dt, reseller_id, organization_id, agent_id, seconds, calls, source)
  VALUES (changed.dt, changed.reseller_id, changed.organization_id, changed.agent_id,
    changed.seconds, changed.calls, changed.source)`;
  return { text: text.trim() };
}

/** Takes a day out whole, its mark too, for one that stands there in a way that no merge leaves. */
export function clearDay(_scope: AllResellers, day: Day): Statement {
  return { text: `DELETE FROM usage_daily WHERE dt = ${stringLiteral(day)}` };
}

function daysWithin(column: string, { start, end }: Period): Fragment {
  return plain(`${column} >= ${stringLiteral(start)} AND ${column} <= ${stringLiteral(end)}`);
}

function plain(text: string): Fragment {
  return { text, parameters: [] };
}
