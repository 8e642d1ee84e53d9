import type { Uuid } from "../ids.ts";
import type { Period } from "../period.ts";
import type { Query } from "../query.ts";
import type { ResellerScope } from "../scope/reseller-scope.ts";
import { and, type Fragment, isOneOf, sql } from "../sql.ts";
import { COUNTED_SECONDS, COUNTS, rankedRecords } from "./counted-calls.ts";
import { between, directoryTables, outside } from "./lake.ts";
import { ROLLED_COLUMNS, type RolledDay, type RolledDays, rolledDay } from "./rolled-days.ts";
import { USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "./row.ts";

/** What a report reads. There is no usage query without a scope. */
export interface UsageSelection {
  readonly scope: ResellerScope;
  readonly period: Period;
  /** Narrows to these organizations; undefined for all of the scope's. */
  readonly organizationIds: readonly Uuid[] | undefined;
  /** Days of the period that are read from the rollup, in place of their calls; undefined for none. */
  readonly rolled?: RolledDays | undefined;
}

const NO_NAMES = sql`CAST(NULL AS varchar) AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id`;

const NOTHING = sql``;

/** What the text has more where days are read from the rollup: the column that their marks stand in. */
const WITHOUT_MARKS = {
  none: NOTHING,
  column: NOTHING,
  counted: NOTHING,
  figures: sql`count(*)`,
  sum: NOTHING,
  last: NOTHING,
};
const WITH_MARKS = {
  none: sql`, CAST(NULL AS varchar) AS rolled_day`,
  column: sql`, rolled_day`,
  counted: sql`, count(rolled_day) AS marks`,
  figures: sql`count(reseller_id)`,
  sum: sql`, CAST(sum(marks) AS bigint) AS marks`,
  last: sql`, rolled_day NULLS LAST`,
};

/**
 * The one query of a report: the seconds of every agent and organization of the scope in the period, with
 * the names that the directory has for them now.
 *
 * `rankedRecords` defines which record of a call counts, and filters apply to that record: the calls are narrowed
 * by any record that matches, then the record that counts is chosen among all of a call's, then it is filtered.
 * Calls and directory are put one under the other and grouped, not joined: an organization or agent without
 * calls has its row, a key doubled in the directory gives one row and cannot double its seconds, and null
 * (no agent) is a key like any other.
 *
 * Days that are read from the rollup come from there and not from their calls: the calls of every other day are read.
 * Each brings its mark as a row of its own, from the same reading of the table as its figures, so that one which is
 * not there is seen (`requireRolledDays`).
 *
 * The last row is the total of the others, their seconds and their number: a result that lost a row on its way,
 * or all of them, does not pass for a smaller one.
 *
 * Written for Trino (Athena engine version 3) and DuckDB alike: no division, `greatest` or `trim`, whose
 * results differ between them, and `?` in WHERE alone, where Athena takes it. Three texts, by what is read: calls, the
 * rollup, or both; which of them depends on days alone.
 */
export function usageQuery({
  scope,
  period,
  organizationIds,
  rolled,
}: UsageSelection): Query<UsageRow | UsageTotal | RolledDay> {
  const ofResellers = isOneOf("reseller_id", scope.resellerIds);
  const selected = organizationIds
    ? and(ofResellers, isOneOf("organization_id", organizationIds))
    : ofResellers;
  const marks = rolled === undefined ? WITHOUT_MARKS : WITH_MARKS;
  const calls = usageOfCalls(period, rolled, selected);
  const { text, parameters } = sql`
WITH ${calls.ranked}${directoryTables(selected, ofResellers)},
usage AS (${calls.usage}
  SELECT reseller_id, organization_id, agent_id, 0 AS seconds, name, external_id, internal_id${marks.none}
  FROM directory${rolled === undefined ? NOTHING : usageOfRollup(rolled, selected)}
),
figures AS (
  SELECT reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id${marks.column}${marks.counted}
  FROM usage
  GROUP BY reseller_id, organization_id, agent_id${marks.column}
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  ${marks.figures} AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id${marks.column}${marks.sum}
FROM figures
GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id${marks.column}), ())
ORDER BY reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST${marks.last}`;
  return {
    text: text.trim(),
    parameters,
    columns: rolled === undefined ? USAGE_COLUMNS : [...USAGE_COLUMNS, ...ROLLED_COLUMNS],
    parseRow: rowReader(scope, rolled !== undefined),
  };
}

/** The calls of the days that are not read from the rollup; nothing where there are none. */
function usageOfCalls(period: Period, rolled: RolledDays | undefined, selected: Fragment) {
  if (rolled?.start === period.start && rolled.end === period.end) return { ranked: NOTHING, usage: NOTHING };
  const days = and(between("dt", period), ...(rolled === undefined ? [] : [outside("dt", rolled)]));
  const noMark = rolled === undefined ? WITHOUT_MARKS.none : WITH_MARKS.none;
  return {
    ranked: sql`${rankedRecords(sql`${days}
    AND call_id IN (SELECT call_id FROM call_usage WHERE ${days} AND ${selected})`)},
`,
    usage: sql`
  SELECT reseller_id, organization_id, agent_id,
    ${COUNTED_SECONDS} AS seconds,
    ${NO_NAMES}${noMark}
  FROM ranked_records
  WHERE ${COUNTS} AND ${selected}
  UNION ALL`,
  };
}

/** The rollup's figures of the scope and the marks of its days, in one reading. A mark has neither key nor figure. */
function usageOfRollup(rolled: RolledDays, selected: Fragment): Fragment {
  return sql`
  UNION ALL
  SELECT reseller_id, organization_id, agent_id, seconds, source, NULL, NULL,
    CASE WHEN reseller_id IS NULL THEN dt END
  FROM usage_daily
  WHERE ${between("dt", rolled)} AND (${selected} OR reseller_id IS NULL)`;
}

function rowReader(scope: ResellerScope, hasMarks: boolean) {
  const inScope = new Set<string>(scope.resellerIds);
  const readRow = usageRowReader(USAGE_COLUMNS.length + (hasMarks ? ROLLED_COLUMNS.length : 0));
  const dayAt = USAGE_COLUMNS.length;
  const sourceAt = USAGE_COLUMNS.indexOf("name");
  return (cells: readonly (string | null)[]): UsageRow | UsageTotal | RolledDay => {
    const day = hasMarks ? cells[dayAt] : null;
    if (typeof day === "string") {
      if (cells[0] !== null) throw new TypeError("a day of one reseller");
      return rolledDay(day, cells[dayAt + 1], cells[sourceAt]);
    }
    const row = readRow(cells);
    if (row.level !== "total" && !inScope.has(row.resellerId)) throw new TypeError("a row beyond the scope");
    return row;
  };
}
