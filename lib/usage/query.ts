import type { Uuid } from "../ids.ts";
import type { Query } from "../query.ts";
import type { ResellerScope } from "../scope/reseller-scope.ts";
import { and, isOneOf, sql } from "../sql.ts";
import { type DaysRead, dailyUsage, namedUsage } from "./daily-usage.ts";
import { directoryTables } from "./lake.ts";
import { ROLLED_COLUMNS, type RolledDay, rolledDay } from "./rolled-days.ts";
import { USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "./row.ts";

/** What the report reads. There is no usage query without a scope. */
export interface UsageSelection extends DaysRead {
  readonly scope: ResellerScope;
  /** Narrows to these organizations; undefined for all of the scope's. */
  readonly organizationIds: readonly Uuid[] | undefined;
}

/** The result's columns, in order. */
export const USAGE_QUERY_COLUMNS = [...USAGE_COLUMNS, ...ROLLED_COLUMNS] as const;

/**
 * Builds the one query of minutes by organization: the seconds of every agent and organization of the scope in the
 * period, with their names.
 *
 * The text works on Trino (Athena engine version 3) and on DuckDB. It uses no division, `greatest` or `trim`, whose
 * results differ between them, and `?` only in WHERE, where Athena accepts it.
 */
export function usageQuery({
  scope,
  organizationIds,
  ...days
}: UsageSelection): Query<UsageRow | UsageTotal | RolledDay> {
  const ofResellers = isOneOf("reseller_id", scope.resellerIds);
  const selected = organizationIds
    ? and(ofResellers, isOneOf("organization_id", organizationIds))
    : ofResellers;
  const { text, parameters } = sql`
WITH ${dailyUsage(days, selected)},
${directoryTables(selected, selected, ofResellers)},
${namedUsage()}`;
  return { text: text.trim(), parameters, columns: USAGE_QUERY_COLUMNS, parseRow: rowReader(scope) };
}

/** Reads rows of the scope. @throws for a row of another reseller */
function rowReader(scope: ResellerScope) {
  const inScope = new Set<string>(scope.resellerIds);
  const readRow = usageRowReader(USAGE_QUERY_COLUMNS.length);
  return (cells: readonly (string | null)[]): UsageRow | UsageTotal | RolledDay => {
    const mark = markOf(cells, USAGE_COLUMNS.length);
    if (mark !== undefined) return mark;
    const row = readRow(cells);
    if (row.level !== "total" && !inScope.has(row.resellerId)) throw new TypeError("a row outside the scope");
    return row;
  };
}

/** Returns the mark of a rolled-up day, if the row is one. @param at index of the cell `rolled_day` */
export function markOf(cells: readonly (string | null)[], at: number): RolledDay | undefined {
  const day = cells[at];
  if (typeof day !== "string") return undefined;
  if (cells[0] !== null) throw new TypeError("the mark of a day has a reseller");
  return rolledDay(day, cells[at + 1], cells[USAGE_COLUMNS.indexOf("name")]);
}
