import { type ClosingDependencies, closeMonth, type Outcome } from "./close-month.ts";
import { isSettled, type LastLook, lastLook } from "./looks.ts";
import { closableFrom, daysSince, type Instant, type Month, monthAfter } from "./month.ts";
import type { SnapshotRequest } from "./snapshot-event.ts";
import { newestRevision } from "./snapshots.ts";

export interface WatchDependencies extends ClosingDependencies {
  /** The first month that this service bills. */
  readonly billFrom: Month;
  /** How many months before the run's own closed months are checked. */
  readonly lookBackMonths: number;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
}

/** The result of the run for a month. */
export interface WatchedMonth {
  readonly period: Month;
  readonly result: Outcome | Error | "postponed";
}

/** The findings of a run about all months. */
export interface Watched {
  readonly months: readonly WatchedMonth[];
  /** Months that are not closed although their grace is over, at the end of the run. */
  readonly openMonths: number;
  /** Whole days since the end of the oldest of them; 0 if there is none. */
  readonly oldestOpenDays: number;
  /** Months older than the look-back that have changed since the last look. A person must check them. */
  readonly changedBeyondLookBack: readonly Month[];
}

/** A run begins no further month if less than this of its time is left, in milliseconds. */
const LEAST_TIME_MS = 60_000;

/**
 * Closes every open month from `billFrom` on, and checks the closed months of the look-back. Each month succeeds or
 * fails independently. Open months come first, the oldest of them first. Then come the closed months with the oldest
 * last look. So work that a run postpones comes first in the next one.
 *
 * @param request of the run's own month, the last one to watch
 */
export async function watchMonths(
  request: SnapshotRequest,
  dependencies: WatchDependencies,
): Promise<Watched> {
  const { store, billFrom, lookBackMonths } = dependencies;
  const open: Month[] = [];
  const closed: { readonly period: Month; readonly seenAt: Instant }[] = [];
  const changedBeyondLookBack: Month[] = [];
  const damaged: WatchedMonth[] = [];
  const all = monthsFrom(billFrom, request.month);
  const watched = new Set(all.slice(-lookBackMonths));
  for (const period of all) {
    try {
      const newest = await newestRevision(store, period);
      const last = newest && (await lastLook(store, newest.manifest));
      if (last === undefined) open.push(period);
      else if (watched.has(period) || isUnknown(last, dependencies))
        closed.push({ period, seenAt: last.as_of });
      else if (await hasChanged(period, last, request.asOf, dependencies)) changedBeyondLookBack.push(period);
    } catch (error) {
      damaged.push({ period, result: errorOf(error) });
    }
  }
  closed.sort((a, b) => (a.seenAt < b.seenAt ? -1 : 1));
  const months = [...damaged];
  const stillOpen: Month[] = [];
  for (const period of [...open, ...closed.map((each) => each.period)]) {
    const result = await watchMonth({ ...request, month: period }, dependencies);
    months.push({ period, result });
    const isDue = closableFrom(period, dependencies.graceDays) <= request.asOf;
    const isLeft = result === "postponed" || result instanceof Error;
    if (open.includes(period) && isDue && isLeft) stillOpen.push(period);
  }
  const oldest = stillOpen.at(0);
  return {
    months,
    openMonths: stillOpen.length,
    oldestOpenDays: oldest === undefined ? 0 : Math.max(0, daysSince(oldest, request.asOf)),
    changedBeyondLookBack,
  };
}

async function watchMonth(
  request: SnapshotRequest,
  dependencies: WatchDependencies,
): Promise<WatchedMonth["result"]> {
  if (dependencies.options.deadline - dependencies.now() < LEAST_TIME_MS) return "postponed";
  try {
    return await closeMonth(request, dependencies);
  } catch (error) {
    return errorOf(error);
  }
}

/**
 * Whether the last look had no listing, so that nobody can tell whether the files have changed since. Such a month is
 * checked once, also beyond the look-back, and then marked. The first release wrote no listings.
 */
function isUnknown(last: LastLook, { listing }: WatchDependencies): boolean {
  return listing !== undefined && last.listing_sha256 === null;
}

/** Whether the files have changed since the last look, or a record that was too late then is due now. */
async function hasChanged(
  period: Month,
  last: LastLook,
  asOf: Instant,
  { listing }: WatchDependencies,
): Promise<boolean> {
  return listing !== undefined && !isSettled(last, await listing(period), asOf);
}

function monthsFrom(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = first; month <= last; month = monthAfter(month)) months.push(month);
  return months;
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
