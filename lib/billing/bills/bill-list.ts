import type { Uuid } from "../../ids.ts";
import { mapConcurrent } from "../../map-concurrent.ts";
import { sumSigned } from "../../minutes.ts";
import type { Month } from "../month.ts";
import { readTotals, sumOfTotals, type TotalsOfRevision } from "../reseller-totals.ts";
import { type RowTotals, totalsOfRows } from "../row-totals.ts";
import { readable } from "../snapshot-error.ts";
import type { ReadableStore } from "../snapshots.ts";
import type { Bill, BillSource } from "./bill.ts";
import { type BillTotals, readCallerBill, totalsOf } from "./caller-bill.ts";
import { type Chain, readChain } from "./chain.ts";
import { type PendingRevision, pendingOfMonth } from "./pending.ts";

/** A bill in the list; without totals if they must be read from stored data that is damaged. */
export interface ListedBill {
  readonly bill: Bill;
  readonly totals: BillTotals | undefined;
}

export interface BillList {
  readonly bills: readonly ListedBill[];
  readonly pending: readonly PendingRevision[];
  /** Months whose pending adjustments cannot be read. */
  readonly damaged: readonly Month[];
}

/** Bills whose manifests are in memory at once. */
const BILLS_AT_ONCE = 4;
const MONTHS_AT_ONCE = 64;

/**
 * Lists all bills with the caller's totals, and what waits for a bill. The totals come from keys that are written for
 * each reseller and revision. Only a bill whose revisions have no such keys yet is read from its manifests.
 *
 * @throws SnapshotError `snapshot_damaged` when the bills are not one chain
 */
export async function listBills(store: ReadableStore, resellerIds: readonly Uuid[]): Promise<BillList> {
  const [chain, keyed] = await Promise.all([readChain(store), readTotals(store, resellerIds)]);
  const months = [...chain.named.values()].sort((a, b) => (a.period < b.period ? -1 : 1));
  const billOf = async ({ bill }: Chain["bills"][number]): Promise<ListedBill> => ({
    bill,
    totals: fromKeys(bill, keyed) ?? (await fromManifests(store, chain, bill, resellerIds)),
  });
  const pendingOf = (last: BillSource) => readable(() => pendingOfMonth(store, last, resellerIds, keyed));
  const [bills, found] = await Promise.all([
    Array.fromAsync(mapConcurrent(chain.bills, billOf, BILLS_AT_ONCE)),
    Array.fromAsync(mapConcurrent(months, pendingOf, MONTHS_AT_ONCE)),
  ]);
  return {
    bills,
    pending: found.flatMap((each) => (each === "damaged" ? [] : each)),
    damaged: months.flatMap(({ period }, index) => (found[index] === "damaged" ? [period] : [])),
  };
}

function fromKeys({ sources }: Bill, keyed: TotalsOfRevision): BillTotals | undefined {
  const parts: RowTotals[] = [];
  for (const source of sources) {
    const totals = keyed(source.period, source.revision, source.sha256);
    if (totals === undefined) return undefined;
    parts.push(partOf(source, totals));
  }
  const sums = sumOfTotals(parts);
  return { ...sums, all: sumSigned([sums.usage, sums.adjustments]) };
}

/** What a bill takes of a revision: its usage, or its adjustments. */
function partOf(
  { kind }: BillSource,
  { usageLines, usage, adjustmentLines, adjustments }: RowTotals,
): RowTotals {
  const none = totalsOfRows([], []);
  return kind === "usage" ? { ...none, usageLines, usage } : { ...none, adjustmentLines, adjustments };
}

/** Undefined if stored data is damaged: such a bill does not hide the others. */
async function fromManifests(
  store: ReadableStore,
  chain: Chain,
  bill: Bill,
  resellerIds: readonly Uuid[],
): Promise<BillTotals | undefined> {
  const read = await readable(() => readCallerBill(store, chain, bill, resellerIds));
  return read === "damaged" ? undefined : totalsOf(read);
}
