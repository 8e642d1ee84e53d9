import type { Uuid } from "../ids.ts";
import type { Month } from "./month.ts";
import type { ReadableStore, SnapshotStore } from "./snapshots.ts";

const CHANGED = "changed/";
const NOTHING = Buffer.of();

/**
 * Notes that a revision changed a figure of a reseller. It is written before the manifest and counts only with a
 * head.
 */
export async function writeChanged(
  store: SnapshotStore,
  resellerId: Uuid,
  month: Month,
  revision: number,
): Promise<void> {
  await store.create(`${CHANGED}${resellerId}/${month}.${revision}`, NOTHING);
}

/** `<period>.<revision>` of every revision that changed a figure of the reseller. */
export async function readChanged(store: ReadableStore, resellerId: Uuid): Promise<ReadonlySet<string>> {
  const prefix = `${CHANGED}${resellerId}/`;
  return new Set((await store.keys(prefix)).map((key) => key.slice(prefix.length)));
}
