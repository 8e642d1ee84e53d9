import { mapConcurrent } from "../../map-concurrent.ts";
import type { Month } from "../month.ts";
import { SnapshotError } from "../snapshot-error.ts";
import type { ReadableStore } from "../snapshots.ts";
import { sha256 } from "../statement.ts";
import { BILLS, type Bill, type BillSource, billKey, billNumber, parseBill } from "./bill.ts";

/** A bill and the hash of its stored bytes. */
export interface StoredBill {
  readonly bill: Bill;
  readonly sha256: string;
}

/** All bills in the order of their numbers. */
export interface Chain {
  readonly bills: readonly StoredBill[];
  /** For each month that a bill bills, the last revision that any bill names. */
  readonly named: ReadonlyMap<Month, BillSource>;
}

/** Bills read at the same time. */
const BILLS_AT_ONCE = 64;

/**
 * Lists and reads all bills, and checks that they are one chain.
 *
 * @throws SnapshotError `snapshot_damaged` if a number is missing, a `previous` hash differs, or a bill does not
 * continue the revisions that the earlier bills name
 */
export async function readChain(store: ReadableStore): Promise<Chain> {
  const numbers = (await store.keys(BILLS))
    .map(billNumber)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);
  const bills = await Array.fromAsync(
    mapConcurrent(numbers, (number) => readBill(store, number), BILLS_AT_ONCE),
  );
  const named = new Map<Month, BillSource>();
  let previous: Bill["previous"] = null;
  for (const [index, { bill, sha256: hash }] of bills.entries()) {
    const number = index + 1;
    if (bill.number !== number) throw damaged(number, "is missing");
    const { previous: before } = bill;
    if (before?.number !== previous?.number || before?.sha256 !== previous?.sha256)
      throw damaged(number, "does not follow the stored bill before it");
    nameSources(named, bill);
    previous = { number, sha256: hash };
  }
  return { bills, named };
}

async function readBill(store: ReadableStore, number: number): Promise<StoredBill> {
  const bytes = await store.get(billKey(number));
  if (bytes === undefined) throw damaged(number, "is listed but missing");
  const bill = parseBill(bytes);
  if (bill.number !== number) throw damaged(number, `has the number ${bill.number} inside`);
  return { bill, sha256: sha256(bytes) };
}

/** Adds a bill's sources to the named revisions. */
function nameSources(named: Map<Month, BillSource>, { number, kind, sources }: Bill): void {
  for (const source of sources) {
    const { period, revision } = source;
    const last = named.get(period);
    if (source.kind === "usage") {
      if (last !== undefined) throw damaged(number, `bills the usage of ${period} a second time`);
      if (kind !== "opening" && revision !== 1)
        throw damaged(number, `bills the usage of ${period} from revision ${revision}`);
    } else if (last === undefined || revision !== last.revision + 1) {
      throw damaged(number, `names revision ${revision} of ${period} out of order`);
    }
    named.set(period, source);
  }
}

function damaged(number: number, what: string): SnapshotError {
  return new SnapshotError(
    "snapshot_damaged",
    `Bill ${number} ${what}. No bill is written until the chain of bills is repaired.`,
  );
}
