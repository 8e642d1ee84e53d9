import type { Uuid } from "../../ids.ts";
import type { Month } from "../month.ts";
import { type ReadableStore, readStatements, revisionOf } from "../snapshots.ts";
import type { Adjustment } from "../statement.ts";
import type { Chain } from "./chain.ts";
import { pendingItems } from "./draft.ts";

/** The caller's adjustments of a revision that no bill names yet. */
export interface PendingRevision {
  readonly period: Month;
  readonly revision: number;
  readonly adjustments: readonly Adjustment[];
}

/**
 * Reads the caller's adjustments of billed months that no bill names yet, to be accrued.
 *
 * @throws SnapshotError `snapshot_damaged` if a statement of the caller does not match its manifest
 */
export async function pendingRevisions(
  store: ReadableStore,
  { named }: Chain,
  resellerIds: readonly Uuid[],
): Promise<PendingRevision[]> {
  const pending: PendingRevision[] = [];
  for (const [month, last] of [...named].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const { source } of await pendingItems(store, month, last)) {
      const { period, revision } = source;
      const found = await revisionOf(store, period, revision);
      const statements = found ? await readStatements(store, found.manifest, resellerIds) : [];
      const adjustments = statements.flatMap((statement) => statement.adjustments);
      if (adjustments.length > 0) pending.push({ period, revision, adjustments });
    }
  }
  return pending;
}
