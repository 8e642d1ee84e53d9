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
 * @throws ServiceError `internal_error` if the result is incomplete, or has a duplicate day or one outside the period
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
      if (total !== undefined) throw internalError("the result has rows after its total row");
      if (row.level === "total") {
        total = row;
        continue;
      }
      if (!open.delete(row.date)) throw internalError("a day outside the period, or a duplicate day");
      used.set(row.date, { date: row.date, seconds: row.seconds, calls: row.calls });
      seconds += BigInt(row.seconds);
      calls += row.calls;
    }
  }
  if (total?.seconds !== seconds || total.calls !== calls || total.days !== used.size) {
    throw internalError("the result is incomplete: its rows do not add up to its total row");
  }
  return { days: everyDay(period).map((date) => used.get(date) ?? noUsage(date)), period };
}

/** Returns every day of the period with 0 calls. */
export function emptyDays(period: Period): DayReport {
  return { days: everyDay(period).map(noUsage), period };
}

function noUsage(date: Day): DayUsage {
  return { date, seconds: toSeconds(0), calls: 0 };
}
