import type { Uuid } from "../../ids.ts";
import type { SignedSeconds } from "../../minutes.ts";
import type { Month } from "../month.ts";
import type { TotalsOfRevision } from "../reseller-totals.ts";
import { totalsOfRows } from "../row-totals.ts";
import { listedRevisions, type ReadableStore, readStatements, revisionOf } from "../snapshots.ts";
import type { BillSource } from "./bill.ts";
import { pendingItems } from "./draft.ts";

/** The caller's adjustments of a revision that no bill names yet. There is at least one. */
export interface PendingRevision {
  readonly period: Month;
  readonly revision: number;
  readonly lines: number;
  readonly seconds: SignedSeconds;
}

/**
 * Counts and adds up the caller's adjustments of a billed month that no bill names yet, to be accrued.
 *
 * @param last the last revision of the month that a bill names
 * @param totalsOf the totals from keys. The manifests of the month are read only if these do not state all of them
 * @throws SnapshotError `snapshot_damaged` if a statement of the caller is read and does not match its manifest
 */
export async function pendingOfMonth(
  store: ReadableStore,
  last: BillSource,
  resellerIds: readonly Uuid[],
  totalsOf: TotalsOfRevision,
): Promise<PendingRevision[]> {
  const { period } = last;
  const newer = (await listedRevisions(store, period))
    .filter((number) => number > last.revision)
    .toReversed();
  const pending: PendingRevision[] = [];
  for (const [index, revision] of newer.entries()) {
    const totals = revision === last.revision + 1 + index ? totalsOf(period, revision) : undefined;
    if (totals === undefined) return pendingByManifests(store, last, resellerIds);
    pending.push({ period, revision, lines: totals.adjustmentLines, seconds: totals.adjustments });
  }
  return pending.filter(({ lines }) => lines > 0);
}

async function pendingByManifests(
  store: ReadableStore,
  last: BillSource,
  resellerIds: readonly Uuid[],
): Promise<PendingRevision[]> {
  const pending: PendingRevision[] = [];
  for (const { source } of await pendingItems(store, last.period, last)) {
    const { period, revision } = source;
    const found = await revisionOf(store, period, revision);
    const statements = found ? await readStatements(store, found.manifest, resellerIds) : [];
    const rows = statements.flatMap((statement) => statement.adjustments);
    const { adjustments } = totalsOfRows([], rows);
    if (rows.length > 0) pending.push({ period, revision, lines: rows.length, seconds: adjustments });
  }
  return pending;
}
