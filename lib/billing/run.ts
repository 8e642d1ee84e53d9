import { type Bill, billKey } from "./bills/bill.ts";
import { billAdjustments, billClosedMonths } from "./bills/write-bills.ts";
import { type ClosingDependencies, closeMonth, type Outcome } from "./close-month.ts";
import type { Month } from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import type { SnapshotRequest } from "./snapshot-event.ts";

/** What a run is asked for: a month, or a bill of adjustments alone. */
export type RunRequest = SnapshotRequest | "adjustments";

export interface RunDependencies extends ClosingDependencies {
  /** The first month that this service bills. */
  readonly billFrom: Month;
  /** Is told why billing failed where the run ends with the error of its month. */
  readonly billingFailed: (error: Error) => void;
}

/** How a run ended well, with the bills that it wrote. */
export type RunOutcome = (Outcome | BillingOutcome) & { readonly bills: readonly WrittenBill[] };

type BillingOutcome =
  | { readonly outcome: "billed" | "nothing_to_bill" }
  /** The schedule leaves the months before the first billed one alone. */
  | { readonly outcome: "before_bill_from"; readonly period: Month };

export interface WrittenBill {
  readonly number: number;
  readonly kind: Bill["kind"];
  readonly period: Month | null;
  readonly key: string;
}

/**
 * Runs billing: bills what is due, closes or revises the month, and bills again, so that a month whose run was cut off
 * is billed by the next run. Billing that fails does not keep the month from being closed.
 *
 * @throws SnapshotError, ServiceError of the month's closing, or else of the billing; `snapshot_damaged` also when a bill
 *   was written without a damaged revision
 */
export async function runBilling(request: RunRequest, dependencies: RunDependencies): Promise<RunOutcome> {
  const { store, billFrom, billingFailed } = dependencies;
  const written: Bill[] = [];
  let failure: Error | undefined;

  async function bill(write: typeof billClosedMonths): Promise<void> {
    try {
      await write(store, billFrom, (each) => void written.push(each));
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  await bill(billClosedMonths);
  let outcome: Outcome | BillingOutcome;
  if (request === "adjustments") {
    await bill((to, _, tell) => billAdjustments(to, tell));
    outcome = { outcome: written.length > 0 ? "billed" : "nothing_to_bill" };
  } else if (request.isScheduled && request.month < billFrom) {
    outcome = { outcome: "before_bill_from", period: request.month };
  } else {
    try {
      outcome = await closeMonth(request, dependencies);
    } catch (error) {
      await bill(billClosedMonths);
      if (failure !== undefined) billingFailed(failure);
      throw error;
    }
    await bill(billClosedMonths);
  }
  failure ??= leftOut(written);
  if (failure !== undefined) throw failure;
  return { ...outcome, bills: written.map(summary) };
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
