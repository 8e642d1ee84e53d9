import type { Month } from "../month.ts";
import { SnapshotError } from "../snapshot-error.ts";
import { listedMonths, type SnapshotStore } from "../snapshots.ts";
import { sha256 } from "../statement.ts";
import { type Bill, billBytes, billKey } from "./bill.ts";
import { type Chain, readChain } from "./chain.ts";
import { draftBill, type Purpose } from "./draft.ts";

/** How often a run drafts a bill again if another run has taken the number. */
const TRIES = 50;

/**
 * Bills every closed month from `billFrom` on that no bill bills, the oldest first. If months before `billFrom` are
 * closed and there is no bill yet, bill 1 is an opening that names them.
 *
 * @param written receives each bill that this run has written
 * @throws SnapshotError `snapshot_damaged` for a month that cannot be billed, after all others are billed;
 * `snapshot_conflict`
 */
export async function billClosedMonths(
  store: SnapshotStore,
  billFrom: Month,
  written: (bill: Bill) => void,
): Promise<void> {
  const chain = await readChain(store);
  if (chain.bills.length === 0) await writeBill(store, { kind: "opening", before: billFrom }, written);
  const failures: SnapshotError[] = [];
  for (const month of await listedMonths(store)) {
    if (month < billFrom || chain.named.has(month)) continue;
    try {
      await writeBill(store, { kind: "month", month }, written);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first !== undefined) throw first;
}

/** Bills the adjustments that no bill names yet, without a month. Writes nothing if there are none. */
export async function billAdjustments(store: SnapshotStore, written: (bill: Bill) => void): Promise<void> {
  await writeBill(store, { kind: "adjustments" }, written);
}

/**
 * Drafts and writes the next bill, until it is written or there is nothing left to bill. The number is the commit
 * point: if several runs draft it, one writes it and the others read the chain again.
 */
async function writeBill(
  store: SnapshotStore,
  purpose: Purpose,
  written: (bill: Bill) => void,
): Promise<void> {
  let drafted: { readonly bill: Bill; readonly sha256: string } | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const chain = await readChain(store);
    const taken = drafted && chain.bills[drafted.bill.number - 1];
    // This run's own bill, whose answer was lost; or an identical one of another run.
    if (drafted !== undefined && taken?.sha256 === drafted.sha256) return written(drafted.bill);
    if (isDone(chain, purpose)) return undefined;
    const bill = await draftBill(store, chain, purpose);
    if (bill === undefined) return undefined;
    const bytes = billBytes(bill);
    if ((await store.create(billKey(bill.number), bytes)) === "created") return written(bill);
    drafted = { bill, sha256: sha256(bytes) };
  }
  throw new SnapshotError(
    "snapshot_conflict",
    `Other runs took the next bill's number ${TRIES} times. Run again when they have ended.`,
  );
}

function isDone({ bills, named }: Chain, purpose: Purpose): boolean {
  if (purpose.kind === "opening") return bills.length > 0;
  return purpose.kind === "month" && named.has(purpose.month);
}
