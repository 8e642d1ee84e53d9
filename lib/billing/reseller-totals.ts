import type { Uuid } from "../ids.ts";
import { mapConcurrent } from "../map-concurrent.ts";
import { sumSigned, toSignedSeconds } from "../minutes.ts";
import { readChanged } from "./changed.ts";
import type { ManifestEntry } from "./manifest.ts";
import type { Month } from "./month.ts";
import { type RowTotals, totalsOfRows } from "./row-totals.ts";
import { type ReadableStore, type Revision, readStatement, type SnapshotStore } from "./snapshots.ts";

/**
 * The totals of each reseller in a revision, as keys of empty objects. The list of bills reads them with one listing for
 * each of the caller's resellers, and without any manifest. Nothing but the list relies on them.
 */
const TOTALS = "totals/";
/** The markers of the revisions whose totals are complete. */
const COMPLETE = `${TOTALS}complete/`;
const NOTHING = Buffer.of();

/** Keys and listings on their way at the same time. */
const AT_ONCE = 32;
const LISTINGS_AT_ONCE = 64;

const NO_ROWS = totalsOfRows([], []);

/**
 * Writes the totals of every reseller of a revision, and then the marker that they are complete. The keys contain the
 * start of the manifest's hash, so they belong to no other manifest.
 *
 * @throws SnapshotError `snapshot_damaged` when a statement must be read and does not match its entry
 */
export async function writeTotals(store: SnapshotStore, { manifest, sha256 }: Revision): Promise<void> {
  const name = `${revisionName(manifest.period, manifest.revision)}.${sha256.slice(0, 16)}`;
  const write = async (entry: ManifestEntry) => {
    const { usageLines, usage, adjustmentLines, adjustments } = await totalsOf(store, entry);
    const figures = [usageLines, usage, adjustmentLines, adjustments].join(".");
    await store.create(`${TOTALS}${entry.reseller_id}/${name}.${figures}`, NOTHING);
  };
  await Array.fromAsync(mapConcurrent(manifest.resellers, write, AT_ONCE));
  await store.create(`${COMPLETE}${name}`, NOTHING);
}

/** Entries without line counts come from an earlier release, so their statements are read. */
async function totalsOf(store: ReadableStore, entry: ManifestEntry): Promise<RowTotals> {
  const { seconds, adjusted_seconds, usage_lines, adjustment_lines } = entry;
  if (adjusted_seconds !== undefined && usage_lines !== undefined && adjustment_lines !== undefined) {
    return {
      usageLines: usage_lines,
      usage: toSignedSeconds(seconds),
      adjustmentLines: adjustment_lines,
      adjustments: toSignedSeconds(adjusted_seconds),
    };
  }
  const { organizations, adjustments } = await readStatement(store, entry);
  return totalsOfRows(organizations, adjustments);
}

/** The revisions whose totals are complete, as `<period>.<revision>`, each with the start of its manifest's hash. */
export async function completeTotals(store: ReadableStore): Promise<ReadonlyMap<string, string>> {
  const complete = new Map<string, string>();
  for (const key of await store.keys(COMPLETE)) {
    const [, name = "", hash = ""] =
      /^(\d{4}-\d{2}\.\d+)\.([0-9a-f]{16})$/.exec(key.slice(COMPLETE.length)) ?? [];
    // Two manifests cannot both be the revision's.
    if (name !== "") complete.set(name, complete.has(name) ? "ambiguous" : hash);
  }
  return complete;
}

/** The totals of some resellers together in a revision; undefined if the keys do not state them. */
export type TotalsOfRevision = (period: Month, revision: number, sha256?: string) => RowTotals | undefined;

/**
 * Reads the totals of these resellers in every revision.
 *
 * A reseller without a key has no rows in a revision whose totals are complete. But if the revision changed a figure of
 * the reseller, the key is missing, and the totals are unknown.
 */
export async function readTotals(
  store: ReadableStore,
  resellerIds: readonly Uuid[],
): Promise<TotalsOfRevision> {
  const read = async (reseller: Uuid) => {
    const [changed, totals] = await Promise.all([
      readChanged(store, reseller),
      totalsOfReseller(store, reseller),
    ]);
    return { changed, totals };
  };
  const [complete, callers] = await Promise.all([
    completeTotals(store),
    Array.fromAsync(mapConcurrent(resellerIds, read, LISTINGS_AT_ONCE)),
  ]);
  return (period, revision, sha256) => {
    const name = revisionName(period, revision);
    const hash = complete.get(name);
    if (hash === undefined || (sha256 !== undefined && !sha256.startsWith(hash))) return undefined;
    const all: RowTotals[] = [];
    for (const { changed, totals } of callers) {
      const own = totals.get(`${name}.${hash}`);
      if (own === undefined && changed.has(name)) return undefined;
      all.push(own ?? NO_ROWS);
    }
    return sumOfTotals(all);
  };
}

export function sumOfTotals(all: readonly RowTotals[]): RowTotals {
  return {
    usageLines: all.reduce((sum, { usageLines }) => sum + usageLines, 0),
    usage: sumSigned(all.map(({ usage }) => usage)),
    adjustmentLines: all.reduce((sum, { adjustmentLines }) => sum + adjustmentLines, 0),
    adjustments: sumSigned(all.map(({ adjustments }) => adjustments)),
  };
}

/** By `<period>.<revision>.<start of the manifest's hash>`. */
async function totalsOfReseller(
  store: ReadableStore,
  reseller: Uuid,
): Promise<ReadonlyMap<string, RowTotals>> {
  const prefix = `${TOTALS}${reseller}/`;
  const totals = new Map<string, RowTotals>();
  for (const key of await store.keys(prefix)) {
    const [, name = "", ...figures] = KEY.exec(key.slice(prefix.length)) ?? [];
    const [
      usageLines = Number.NaN,
      usage = Number.NaN,
      adjustmentLines = Number.NaN,
      adjustments = Number.NaN,
    ] = figures.map(Number);
    if (![usageLines, usage, adjustmentLines, adjustments].every(Number.isSafeInteger)) continue;
    totals.set(name, {
      usageLines,
      usage: toSignedSeconds(usage),
      adjustmentLines,
      adjustments: toSignedSeconds(adjustments),
    });
  }
  return totals;
}

const KEY = /^(\d{4}-\d{2}\.\d+\.[0-9a-f]{16})\.(\d+)\.(\d+)\.(\d+)\.(-?\d+)$/;

function revisionName(period: Month, revision: number): string {
  return `${period}.${revision}`;
}
