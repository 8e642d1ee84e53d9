import type { Period } from "../period.ts";
import { and, type Fragment, plain, sql } from "../sql.ts";
import { COUNTED_SECONDS, COUNTS, rankedRecords } from "./counted-calls.ts";
import { between, outside } from "./lake.ts";
import type { RolledDays } from "./rolled-days.ts";

/** Which days are read, and from where. */
export interface DaysRead {
  readonly period: Period;
  /** Days of the period that are read from the rollup instead of their calls; undefined for none. */
  readonly rolled?: RolledDays | undefined;
}

/**
 * Selects the calls that count, for a WITH. Gives `counted_calls`, one row for each call:
 *
 * - `dt`, `reseller_id`, `organization_id`, `agent_id` (null: no agent), `seconds`
 *
 * The filter applies to the record that counts. First the records are narrowed to the calls of which any record
 * matches. Then the one that counts is chosen among all records of the call, and then it is filtered.
 *
 * @param days condition on `dt`
 * @param selected condition on the ids
 */
function countedCalls(days: Fragment, selected: Fragment): Fragment {
  const narrowed = sql`call_id IN (SELECT call_id FROM call_usage WHERE ${days} AND ${selected})`;
  return sql`${rankedRecords(days, { narrowed })},
counted_calls AS (
  SELECT dt, reseller_id, organization_id, agent_id, ${COUNTED_SECONDS} AS seconds
  FROM ranked_records
  WHERE ${COUNTS} AND ${selected}
)`;
}

/**
 * Selects the rolled-up days, for a WITH. Gives `rolled_up_days`, one row for each day and key, and one for each
 * day's mark:
 *
 * - `dt`, `reseller_id`, `organization_id`, `agent_id`, `seconds`, `calls`, `source`
 *
 * A mark has a `source` and neither ids nor figures. It is read in the same scan as the day's figures, so that a
 * missing day is noticed (`requireRolledDays`).
 */
function rolledUpDays(rolled: RolledDays, selected: Fragment): Fragment {
  return sql`rolled_up_days AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source
  FROM usage_daily
  WHERE ${between("dt", rolled)} AND (${selected} OR reseller_id IS NULL)
)`;
}

/**
 * Selects the usage of each day, for a WITH: rolled-up days from the rollup, the others from their calls. Gives
 * `daily_usage`:
 *
 * - `dt`, `reseller_id`, `organization_id`, `agent_id` (null: no agent), `seconds`, `calls`
 * - `rolled_day`, `source`: the day and source of a rolled-up day, in the row of its mark, which has no ids and no
 *   figures; else null
 *
 * There are three texts: for calls, for the rollup, and for both. Only the days decide which one is used.
 *
 * @param selected condition on the ids
 */
export function dailyUsage({ period, rolled }: DaysRead, selected: Fragment): Fragment {
  const fromCalls = sql`
  SELECT dt, reseller_id, organization_id, agent_id, seconds, 1 AS calls,
    CAST(NULL AS varchar) AS rolled_day, CAST(NULL AS varchar) AS source
  FROM counted_calls`;
  if (rolled === undefined) {
    return sql`${countedCalls(between("dt", period), selected)},
daily_usage AS (${fromCalls}
)`;
  }
  const fromRollup = sql`
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls,
    CASE WHEN reseller_id IS NULL THEN dt END AS rolled_day, source
  FROM rolled_up_days`;
  if (rolled.start === period.start && rolled.end === period.end) {
    return sql`${rolledUpDays(rolled, selected)},
daily_usage AS (${fromRollup}
)`;
  }
  const others = and(between("dt", period), outside("dt", rolled));
  return sql`${countedCalls(others, selected)},
${rolledUpDays(rolled, selected)},
daily_usage AS (${fromCalls}
  UNION ALL${fromRollup}
)`;
}

/**
 * Ends a report's query: rows of agents, organizations and resellers with the names that the directory has now, from
 * `daily_usage` and `directory`. Gives the columns of `USAGE_COLUMNS`, `columns`, `rolled_day` and `marks`. The last
 * row is the total of the others, so that a lost row is noticed.
 *
 * Usage and directory are united and grouped, not joined. So an organization or agent without calls has its row, a
 * duplicate key in the directory cannot double its seconds, and null (no agent) is a key like any other.
 *
 * @param sums further columns of `daily_usage` that are added up
 */
export function namedUsage(sums: readonly string[] = []): Fragment {
  const each = (column: (name: string) => string) => plain(sums.map((name) => `, ${column(name)}`).join(""));
  return sql`usage AS (
  SELECT reseller_id, organization_id, agent_id, seconds${each((name) => name)}, rolled_day,
    source AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id
  FROM daily_usage
  UNION ALL
  SELECT reseller_id, organization_id, agent_id, 0${each(() => "0")}, NULL, name, external_id, internal_id
  FROM directory
),
figures AS (
  SELECT reseller_id, organization_id, agent_id, rolled_day, count(rolled_day) AS marks,
    sum(seconds) AS seconds${each((name) => `sum(${name}) AS ${name}`)},
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
  FROM usage
  GROUP BY reseller_id, organization_id, agent_id, rolled_day
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(reseller_id) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id${each(
    (name) => `CAST(COALESCE(sum(${name}), 0) AS bigint) AS ${name}`,
  )},
  rolled_day, CAST(sum(marks) AS bigint) AS marks
FROM figures
GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id, rolled_day), ())
ORDER BY reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST, rolled_day NULLS LAST`;
}
