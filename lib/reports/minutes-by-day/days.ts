import { internalError } from "../../errors.ts";
import { type Seconds, toSeconds } from "../../minutes.ts";
import { type Day, everyDay, type Period } from "../../period.ts";
import type { DayRow } from "./query.ts";

export interface DayUsage {
  readonly date: Day;
  readonly seconds: Seconds;
  readonly calls: number;
}

/** Minutes by day: every day of the period, in order. */
export interface DayReport {
  readonly days: readonly DayUsage[];
  readonly period: Period;
}

/**
 * Folds rows into the report as they arrive.
 *
 * @throws ServiceError `internal_error` when the result is not whole, or has a day twice or outside the period
 */
export async function foldDays(
  batches: AsyncIterable<readonly DayRow[]>,
  period: Period,
): Promise<DayReport> {
  const open = new Set(everyDay(period));
  const used = new Map<Day, DayUsage>();
  let total: Extract<DayRow, { level: "total" }> | undefined;
  let [seconds, calls] = [0n, 0];
  for await (const batch of batches) {
    for (const row of batch) {
      if (total !== undefined) throw internalError("the result goes on after its total");
      if (row.level === "total") {
        total = row;
        continue;
      }
      if (!open.delete(row.date)) throw internalError("a day outside the period, or a day twice");
      used.set(row.date, { date: row.date, seconds: row.seconds, calls: row.calls });
      seconds += BigInt(row.seconds);
      calls += row.calls;
    }
  }
  if (total?.seconds !== seconds || total.calls !== calls || total.days !== used.size) {
    throw internalError("the result is not whole: its rows are not what its total says");
  }
  return { days: everyDay(period).map((date) => used.get(date) ?? noUsage(date)), period };
}

/** Every day of the period without a call. */
export function emptyDays(period: Period): DayReport {
  return { days: everyDay(period).map(noUsage), period };
}

function noUsage(date: Day): DayUsage {
  return { date, seconds: toSeconds(0), calls: 0 };
}
