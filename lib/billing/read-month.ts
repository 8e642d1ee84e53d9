import { internalError } from "../errors.ts";
import { foldResellers, type ResellerUsage } from "../usage/fold.ts";
import { exactSum, type UsageRow, type UsageTotal } from "../usage/row.ts";
import type { DayRow, MonthRow } from "./query.ts";

/**
 * Reads a month: its days at once, then each reseller with organizations, as it arrives. Organizations and agents of
 * the directory without calls are among the lines, as in the report.
 *
 * @param accept receives the days that have records, before any reseller; an error that it throws ends the reading
 * @throws ServiceError `internal_error` if the result is incomplete, out of order, or its days do not add up to the
 * same seconds and calls as its agents
 */
export function readMonth(
  batches: AsyncIterable<readonly MonthRow[]>,
  accept: (days: readonly DayRow[]) => void,
): AsyncGenerator<ResellerUsage> {
  return foldResellers(usageRows(batches, accept));
}

async function* usageRows(
  batches: AsyncIterable<readonly MonthRow[]>,
  accept: (days: readonly DayRow[]) => void,
): AsyncGenerator<UsageRow[]> {
  const days: DayRow[] = [];
  const byDay = { seconds: exactSum(), calls: 0 };
  const byAgent = { seconds: exactSum(), calls: 0 };
  let figures = 0;
  let total: { row: UsageTotal; calls: number } | undefined;
  for await (const batch of batches) {
    const rows: UsageRow[] = [];
    for (const each of batch) {
      if (total !== undefined) throw internalError("the result has rows after its total row");
      if (each.level === "day") {
        if (figures > days.length) throw internalError("the result has a day after the usage");
        days.push(each);
        byDay.seconds.add(each.seconds);
        byDay.calls += each.calls;
        figures += 1;
        continue;
      }
      if (figures === days.length) accept(days);
      const { row, calls } = each;
      if (row.level === "total") {
        total = { row, calls };
        continue;
      }
      figures += 1;
      byAgent.calls += calls;
      if (row.level !== "reseller") byAgent.seconds.add(row.seconds);
      rows.push(row);
    }
    yield rows;
  }
  const isWhole =
    total?.row.figures === figures &&
    total.row.seconds === byDay.seconds.total() + byAgent.seconds.total() &&
    total.calls === byDay.calls + byAgent.calls;
  if (!isWhole) throw internalError("the result is incomplete: its rows do not add up to its total row");
  if (byDay.seconds.total() !== byAgent.seconds.total() || byDay.calls !== byAgent.calls) {
    throw internalError("the days do not add up to the same totals as the agents");
  }
}
