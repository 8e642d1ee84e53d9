import type { Uuid } from "../ids.ts";
import type { Period } from "../period.ts";
import type { Query } from "../query.ts";
import type { ResellerScope } from "../scope.ts";
import { and, isOneOf, sql } from "../sql.ts";
import { between, directoryTables, LATEST_FIRST } from "./lake.ts";
import { USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "./row.ts";

/** What a report reads. There is no usage query without a scope. */
export interface UsageSelection {
  readonly scope: ResellerScope;
  readonly period: Period;
  /** Narrows to these organizations; undefined for all of the scope's. */
  readonly organizationIds: readonly Uuid[] | undefined;
}

/**
 * The one query of a report: the seconds of every agent and organization of the scope in the period, with
 * the names that the directory has for them now.
 *
 * A call counts by its latest record alone, and filters apply to that record: the calls are narrowed by
 * any record that matches, then the record that counts is chosen among all of a call's, then it is filtered.
 * Calls and directory are put one under the other and grouped, not joined: an organization or agent without
 * calls has its row, a key doubled in the directory gives one row and cannot double its seconds, and null
 * (no agent) is a key like any other.
 *
 * The last row is the total of the others, their seconds and their number: a result that lost a row on its way,
 * or all of them, does not pass for a smaller one.
 *
 * Written for Trino (Athena engine version 3) and DuckDB alike: no division, `greatest` or `trim`, whose
 * results differ between them, and `?` in WHERE alone, where Athena takes it.
 */
export function usageQuery({ scope, period, organizationIds }: UsageSelection): Query<UsageRow | UsageTotal> {
  const days = between("dt", period);
  const ofResellers = isOneOf("reseller_id", scope.resellerIds);
  const selected = organizationIds
    ? and(ofResellers, isOneOf("organization_id", organizationIds))
    : ofResellers;
  const { text, parameters } = sql`
WITH ranked AS (
  SELECT reseller_id, organization_id, agent_id, duration_seconds,
    row_number() OVER (${LATEST_FIRST}) AS place
  FROM call_usage
  WHERE ${days}
    AND call_id IN (SELECT call_id FROM call_usage WHERE ${days} AND ${selected})
),
${directoryTables(selected, ofResellers)},
usage AS (
  SELECT reseller_id, organization_id, agent_id,
    CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END AS seconds,
    CAST(NULL AS varchar) AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id
  FROM ranked
  WHERE place = 1 AND ${selected}
  UNION ALL
  SELECT reseller_id, organization_id, agent_id, 0, name, external_id, internal_id
  FROM directory
),
figures AS (
  SELECT reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
  FROM usage
  GROUP BY reseller_id, organization_id, agent_id
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(*) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
FROM figures
GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id), ())
ORDER BY reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST`;
  const inScope = new Set<string>(scope.resellerIds);
  const readRow = usageRowReader();
  return {
    text: text.trim(),
    parameters,
    columns: USAGE_COLUMNS,
    parseRow: (cells) => {
      const row = readRow(cells);
      if (row.level !== "total" && !inScope.has(row.resellerId))
        throw new TypeError("a row beyond the scope");
      return row;
    },
  };
}
