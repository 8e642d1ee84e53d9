import type { Uuid } from "../../ids.ts";
import { type Seconds, toSeconds } from "../../minutes.ts";
import { type Day, isDay } from "../../period.ts";
import type { Query } from "../../query.ts";
import type { ResellerScope } from "../../scope/reseller-scope.ts";
import { and, isOneOf, sql } from "../../sql.ts";
import { type DaysRead, dailyUsage } from "../../usage/daily-usage.ts";
import { type RolledDay, rolledDay } from "../../usage/rolled-days.ts";
import { digits, toCount } from "../../usage/row.ts";

/** The usage of one day, or the total of all days. */
export type DayRow =
  | { readonly level: "date"; readonly date: Day; readonly seconds: Seconds; readonly calls: number }
  | { readonly level: "total"; readonly seconds: bigint; readonly calls: number; readonly days: number };

export interface DaySelection extends DaysRead {
  readonly scope: ResellerScope;
  readonly organizationIds: readonly Uuid[] | undefined;
}

const COLUMNS = ["dt", "seconds", "calls", "days", "rolled_day", "marks", "source"] as const;

/** Builds the one query of minutes by day: seconds and calls of each day that has any, then their total. */
export function dayQuery({ scope, organizationIds, ...days }: DaySelection): Query<DayRow | RolledDay> {
  const ofResellers = isOneOf("reseller_id", scope.resellerIds);
  const selected = organizationIds
    ? and(ofResellers, isOneOf("organization_id", organizationIds))
    : ofResellers;
  const { text, parameters } = sql`
WITH ${dailyUsage(days, selected)},
days AS (
  SELECT dt, rolled_day, sum(seconds) AS seconds, sum(calls) AS calls,
    count(rolled_day) AS marks, max(source) AS source
  FROM daily_usage
  GROUP BY dt, rolled_day
)
SELECT dt, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds, CAST(COALESCE(sum(calls), 0) AS bigint) AS calls,
  CAST(count(*) - count(rolled_day) AS bigint) AS days, rolled_day, CAST(sum(marks) AS bigint) AS marks,
  max(source) AS source
FROM days
GROUP BY GROUPING SETS ((dt, rolled_day), ())
ORDER BY dt NULLS LAST, rolled_day NULLS LAST`;
  return { text: text.trim(), parameters, columns: COLUMNS, parseRow: readRow };
}

function readRow(cells: readonly (string | null)[]): DayRow | RolledDay {
  if (cells.length !== COLUMNS.length) throw new TypeError("the row has the wrong number of columns");
  const [dt, seconds, calls, days, mark, marks, source] = cells;
  if (typeof mark === "string") return rolledDay(mark, marks, source);
  const count = toCount(calls);
  if (dt === null)
    return { level: "total", seconds: BigInt(digits(seconds)), calls: count, days: toCount(days) };
  if (dt === undefined || !isDay(dt) || days !== "1") throw new TypeError("not the row of one day");
  return { level: "date", date: dt, seconds: toSeconds(Number(digits(seconds))), calls: count };
}
