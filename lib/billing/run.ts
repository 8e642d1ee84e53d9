import { type Bill, billKey } from "./bills/bill.ts";
import { billAdjustments, billClosedMonths } from "./bills/write-bills.ts";
import { closeMonth, type Outcome } from "./close-month.ts";
import { restoreHeads } from "./heads.ts";
import type { Month } from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import type { SnapshotRequest } from "./snapshot-event.ts";
import { type WatchDependencies, type Watched, watchMonths } from "./watch.ts";

/** The request of a run: a month, or a bill of adjustments only. */
export type RunRequest = SnapshotRequest | "adjustments";

export interface RunDependencies extends WatchDependencies {
  /** Receives each failure after which the run continues. */
  readonly failed: (failure: Failure) => void;
  /** Receives the findings of a scheduled run about all months. */
  readonly watched: (watched: Watched) => void;
}

/** A part of a run that failed: a month, or the billing. */
export interface Failure {
  readonly period: Month | undefined;
  readonly error: Error;
}

/**
 * The result of a successful run, with the bills that it wrote and, for a scheduled run, with the other months that
 * it watched.
 */
export type RunOutcome = Unbilled & { readonly bills: readonly WrittenBill[] };

/** The result of a run's months. */
type Unbilled = (Outcome | BillingOutcome) & { readonly others?: readonly (Outcome | Postponed)[] };

/** A month that the run left for the next one, because too little of its time was left. */
interface Postponed {
  readonly outcome: "postponed";
  readonly period: Month;
}

type BillingOutcome =
  | { readonly outcome: "billed" | "nothing_to_bill" }
  /** The schedule ignores the months before the first billed one. */
  | { readonly outcome: "before_bill_from"; readonly period: Month }
  | Postponed;

export interface WrittenBill {
  readonly number: number;
  readonly kind: Bill["kind"];
  readonly period: Month | null;
  readonly key: string;
}

/**
 * Runs billing: bills what is due, closes or revises months, and bills again, so that the next run bills a month
 * whose run was interrupted. A scheduled run watches all months; a manual run handles its own. A failure does not
 * stop the remaining work, but the run fails at its end.
 *
 * @throws SnapshotError, ServiceError the first failure: of the run's own month, of another one, or of the billing;
 * `snapshot_damaged` also if a bill was written without a damaged revision
 */
export async function runBilling(request: RunRequest, dependencies: RunDependencies): Promise<RunOutcome> {
  const { store, billFrom, failed } = dependencies;
  const written: Bill[] = [];
  const failures: Failure[] = [];

  async function bill(write: typeof billClosedMonths): Promise<void> {
    try {
      await write(store, billFrom, (each) => void written.push(each));
    } catch (error) {
      failures.push({ period: undefined, error: errorOf(error) });
    }
  }

  await bill(billClosedMonths);
  let outcome: Unbilled | undefined;
  if (request === "adjustments") {
    await bill((to, _, tell) => billAdjustments(to, tell));
    outcome = { outcome: written.length > 0 ? "billed" : "nothing_to_bill" };
  } else {
    outcome = await monthsOutcome(request, dependencies, failures);
    await bill(billClosedMonths);
    const hasTime = () => dependencies.options.deadline - dependencies.now() > HEADS_TIME_MS;
    await restoreHeads(store, hasTime).catch((error: unknown) => {
      failures.push({ period: undefined, error: errorOf(error) });
    });
  }
  const withoutDamaged = leftOut(written);
  if (withoutDamaged !== undefined) failures.push({ period: undefined, error: withoutDamaged });
  const [first, ...more] = failures;
  for (const failure of more) failed(failure);
  if (first !== undefined) throw first.error;
  if (outcome === undefined) throw new TypeError("a run without a failure has an outcome");
  return { ...outcome, bills: written.map(summary) };
}

/** @returns undefined if the run's own month failed */
async function monthsOutcome(
  request: SnapshotRequest,
  dependencies: RunDependencies,
  failures: Failure[],
): Promise<Unbilled | undefined> {
  const { month } = request;
  if (!request.isScheduled) {
    try {
      return await closeMonth(request, dependencies);
    } catch (error) {
      failures.unshift({ period: month, error: errorOf(error) });
      return undefined;
    }
  }
  if (month < dependencies.billFrom) return { outcome: "before_bill_from", period: month };
  const watched = await watchMonths(request, dependencies);
  dependencies.watched(watched);
  const outcomes: (Outcome | Postponed)[] = [];
  for (const { period, result } of watched.months) {
    if (result === "postponed") outcomes.push({ outcome: result, period });
    else if (!(result instanceof Error)) outcomes.push(result);
    else if (period === month) failures.unshift({ period, error: result });
    else failures.push({ period, error: result });
  }
  const own = outcomes.find(({ period }) => period === month);
  const others = outcomes.filter((each) => each !== own);
  return own && { ...own, ...(others.length > 0 && { others }) };
}

/** Missing heads are restored only while at least this much of the run's time is left, in milliseconds. */
const HEADS_TIME_MS = 120_000;

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function leftOut(bills: readonly Bill[]): SnapshotError | undefined {
  const revisions = bills.flatMap((bill) =>
    bill.left_out.map(({ period, revision }) => `revision ${revision} of ${period} (bill ${bill.number})`),
  );
  if (revisions.length === 0) return undefined;
  return new SnapshotError(
    "snapshot_damaged",
    `Bills were written without damaged revisions: ${revisions.join(", ")}. Repair them; a later bill then names them.`,
  );
}

function summary({ number, kind, period }: Bill): WrittenBill {
  return { number, kind, period, key: billKey(number) };
}
