import { isMonth, type Month } from "../lib/billing/month.ts";
import { daysIn, isDay } from "../lib/period.ts";
import { boundsOf, type Days } from "./view.ts";

const MILLISECONDS_A_DAY = 86_400_000;

/** The month that is a number of months after another; before it for a negative number. */
export function monthAway(month: Month, by: number): Month {
  const first = new Date(`${month}-01T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() + by);
  const away = first.toISOString().slice(0, 7);
  return isMonth(away) ? away : month;
}

/**
 * Returns the previous period. For a month it is the previous month. For the running month it is the same first days of
 * the previous month. For other days it is as many days before them.
 *
 * @param today a UTC day
 * @returns undefined if the days are not valid, or nothing can be before them
 */
export function previousDays(days: Days, today: string): Days | undefined {
  if (days.kind === "month") {
    const month = monthAway(days.month, -1);
    if (month >= days.month) return undefined;
    if (today.slice(0, 7) !== days.month) return { kind: "month", month };
    const last = boundsOf({ kind: "month", month }).end;
    const same = `${month}-${today.slice(8)}`;
    return { kind: "range", start: `${month}-01`, end: same < last ? same : last };
  }
  const { start, end } = days;
  if (!isDay(start) || !isDay(end) || start > end) return undefined;
  const length = daysIn({ start, end });
  const before = dayAway(start, -length);
  return before < "0000-01-01" ? undefined : { kind: "range", start: before, end: dayAway(start, -1) };
}

function dayAway(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * MILLISECONDS_A_DAY).toISOString().slice(0, 10);
}
