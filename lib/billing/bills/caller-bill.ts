import type { Uuid } from "../../ids.ts";
import { type SignedSeconds, sumSigned } from "../../minutes.ts";
import { inReportOrder, type OrganizationUsage } from "../../usage/fold.ts";
import { type NamedAdjustment, nameAdjustments } from "../adjustment-names.ts";
import type { Month } from "../month.ts";
import { type RowTotals, totalsOfRows } from "../row-totals.ts";
import { SnapshotError } from "../snapshot-error.ts";
import { type ReadableStore, type Revision, readStatements, revisionOf } from "../snapshots.ts";
import type { Bill, BillSource } from "./bill.ts";
import type { Chain } from "./chain.ts";

/** The caller's rows of a bill. */
export interface CallerBill {
  readonly bill: Bill;
  readonly usage: readonly BilledUsage[];
  readonly adjustments: readonly BilledAdjustment[];
}

/** The usage of a month that a bill bills. */
export interface BilledUsage {
  readonly period: Month;
  readonly revision: number;
  readonly organizations: readonly OrganizationUsage[];
}

/** An adjustment that a bill names. */
export interface BilledAdjustment extends NamedAdjustment {
  readonly period: Month;
  readonly revision: number;
  /** The number of the bill that billed the month's usage. */
  readonly originalBill: number;
}

/** The caller's rows of a bill, counted and added up. */
export interface BillTotals extends RowTotals {
  readonly all: SignedSeconds;
}

/**
 * Reads the caller's rows of a bill from the statements of its sources.
 *
 * @param chain the chain of the bill
 * @throws SnapshotError `snapshot_damaged` if a source or a statement of the caller does not match the bill
 */
export async function readCallerBill(
  store: ReadableStore,
  chain: Chain,
  bill: Bill,
  resellerIds: readonly Uuid[],
): Promise<CallerBill> {
  const usage: BilledUsage[] = [];
  const adjustments: BilledAdjustment[] = [];
  const originals = originalBills(chain);
  for (const source of bill.sources) {
    const { period, revision } = source;
    const billed = await billedRevision(store, source);
    const statements = await readStatements(store, billed.manifest, resellerIds);
    if (source.kind === "usage") {
      const organizations = statements.flatMap((statement) => statement.organizations).sort(inReportOrder);
      if (organizations.length > 0) usage.push({ period, revision, organizations });
      continue;
    }
    const rows = statements.flatMap((statement) => statement.adjustments);
    const originalBill = originals.get(period) ?? bill.number;
    for (const row of await nameAdjustments(store, billed, statements, rows))
      adjustments.push({ ...row, period, revision, originalBill });
  }
  return { bill, usage, adjustments };
}

/** Computed from the caller's rows only. */
export function totalsOf({ usage, adjustments }: Pick<CallerBill, "usage" | "adjustments">): BillTotals {
  const totals = totalsOfRows(
    usage.flatMap((month) => month.organizations),
    adjustments,
  );
  return { ...totals, all: sumSigned([totals.usage, totals.adjustments]) };
}

/** Returns the number of the bill that bills each month's usage. */
export function originalBills({ bills }: Chain): ReadonlyMap<Month, number> {
  return new Map(
    bills.flatMap(({ bill }) =>
      bill.sources
        .filter(({ kind }) => kind === "usage")
        .map(({ period }): [Month, number] => [period, bill.number]),
    ),
  );
}

/** @throws SnapshotError `snapshot_damaged` if the revision is missing or is not the one that was billed */
async function billedRevision(
  store: ReadableStore,
  { period, revision, sha256 }: BillSource,
): Promise<Revision> {
  const found = await revisionOf(store, period, revision);
  if (found !== undefined && found.sha256 === sha256) return found;
  const problem = found === undefined ? "is missing" : "differs from the one that was billed";
  throw new SnapshotError("snapshot_damaged", `The manifest of ${period}, revision ${revision}, ${problem}.`);
}
