import type { Uuid } from "../ids.ts";
import { mapConcurrent } from "../map-concurrent.ts";
import { readChanged, writeChanged } from "./changed.ts";
import type { Manifest } from "./manifest.ts";
import { type Instant, isInstant, isMonth, type Month } from "./month.ts";
import { completeTotals, writeTotals } from "./reseller-totals.ts";
import { readable } from "./snapshot-error.ts";
import {
  HEADS,
  listedMonths,
  listedRevisions,
  newestRevision,
  type ReadableStore,
  type Revision,
  revisionOf,
  type SnapshotStore,
} from "./snapshots.ts";
import { figuresHash } from "./statement.ts";

const NOTHING = Buffer.of();

/** Markers that are read or written at the same time. */
const MARKERS_AT_ONCE = 32;
const LISTINGS_AT_ONCE = 64;

/** Manifests that are in memory at once. One of 10,000 resellers takes 4 MB, and several times that while it is read. */
const MANIFESTS_AT_ONCE = 4;

/**
 * The properties of a revision that its key contains, so that one listing shows every revision without reading a
 * manifest. The list of months is made of heads. A head without its manifest shows that the manifest was removed.
 */
export interface Head {
  readonly period: Month;
  readonly revision: number;
  readonly as_of: Instant;
}

/** A closed month in the list. */
export interface ListedMonth {
  readonly period: Month;
  /** The newest first. */
  readonly revisions: readonly ListedRevision[];
}

export interface ListedRevision {
  readonly revision: number;
  readonly as_of: Instant;
  /** Whether it changed a figure of the caller. */
  readonly changed: boolean;
}

/** Writes the head of a revision, after its manifest. */
export async function writeHead(store: SnapshotStore, { manifest, sha256 }: Revision): Promise<void> {
  const { period, revision, as_of } = manifest;
  await store.create(`${HEADS}${period}.${revision}.${as_of}.${sha256.slice(0, 16)}`, NOTHING);
}

/**
 * Writes the missing keys that the lists are made of: of a run that was interrupted after its manifest, or of a bucket
 * of an earlier release. A damaged revision gets no head, and a revision with a damaged statement no totals.
 *
 * @param mayGoOn is called before each revision
 */
export async function restoreHeads(store: SnapshotStore, mayGoOn: () => boolean): Promise<void> {
  const [heads, complete] = [await readHeads(store), await completeTotals(store)];
  const known = new Set(heads.map(({ period, revision }) => `${period}.${revision}`));
  for (const month of await listedMonths(store)) {
    let before: Manifest | undefined;
    for (const number of (await listedRevisions(store, month)).toReversed()) {
      const name = `${month}.${number}`;
      const earlier = before;
      before = undefined;
      if (known.has(name) && complete.has(name)) continue;
      if (!mayGoOn()) return;
      const revision = await readable(() => revisionOf(store, month, number));
      if (revision === undefined || revision === "damaged") continue;
      if (!known.has(name)) {
        await restoreChanged(store, revision, earlier ?? (await manifestBefore(store, month, number)));
        await writeHead(store, revision);
      }
      if (!complete.has(name)) await readable(() => writeTotals(store, revision));
      before = revision.manifest;
    }
  }
}

async function restoreChanged(
  store: SnapshotStore,
  { manifest }: Revision,
  before: Manifest | undefined,
): Promise<void> {
  const write = (reseller: Uuid) => writeChanged(store, reseller, manifest.period, manifest.revision);
  await Array.fromAsync(mapConcurrent(changedIn(manifest, before), write, MARKERS_AT_ONCE));
}

async function manifestBefore(
  store: ReadableStore,
  month: Month,
  number: number,
): Promise<Manifest | undefined> {
  if (number === 1) return undefined;
  const found = await readable(() => revisionOf(store, month, number - 1));
  return found === "damaged" ? undefined : found?.manifest;
}

/** Returns the resellers whose figures differ between two revisions. */
function changedIn({ resellers }: Manifest, before: Manifest | undefined): Uuid[] {
  const earlier = new Map(before?.resellers.map((entry) => [entry.reseller_id, entry.figures_sha256]));
  const nothing = figuresHash([]);
  return resellers
    .filter((entry) => entry.figures_sha256 !== (earlier.get(entry.reseller_id) ?? nothing))
    .map((entry) => entry.reseller_id);
}

/**
 * Lists every revision of every closed month, the latest month first, with at most three consecutive calls of the
 * store. A month without a head is read separately, so that a damaged one does not hide the others.
 */
export async function listMonths(
  store: ReadableStore,
  resellerIds: readonly Uuid[],
): Promise<{ readonly months: readonly ListedMonth[]; readonly damaged: readonly Month[] }> {
  const [heads, listed, changed] = await Promise.all([
    readHeads(store),
    listedMonths(store),
    changedOf(store, resellerIds),
  ]);
  const byMonth = new Map<Month, ListedRevision[]>();
  for (const { period, revision, as_of } of heads) {
    const revisions = byMonth.get(period) ?? [];
    revisions.push({ revision, as_of, changed: changed.has(`${period}.${revision}`) });
    byMonth.set(period, revisions);
  }
  const damaged: Month[] = [];
  const headless = listed.filter((month) => !byMonth.has(month));
  const read = (month: Month) => readable(() => newestRevision(store, month));
  const found = await Array.fromAsync(mapConcurrent(headless, read, MANIFESTS_AT_ONCE));
  for (const [index, month] of headless.entries()) {
    const newest = found[index];
    if (newest === "damaged") damaged.push(month);
    else if (newest !== undefined) {
      const { revision, as_of } = newest.manifest;
      byMonth.set(month, [{ revision, as_of, changed: changed.has(`${month}.${revision}`) }]);
    }
  }
  const months = Array.from(byMonth, ([period, revisions]) => ({
    period,
    revisions: revisions.sort((a, b) => b.revision - a.revision),
  }));
  return { months: months.sort((a, b) => (a.period < b.period ? 1 : -1)), damaged };
}

async function readHeads(store: ReadableStore): Promise<Head[]> {
  return (await store.keys(HEADS)).flatMap((key) => {
    const [period = "", revision = "", as_of = ""] = key.slice(HEADS.length).split(".");
    if (!isMonth(period) || !isInstant(as_of) || !/^[1-9]\d*$/.test(revision)) return [];
    return [{ period, revision: Number(revision), as_of }];
  });
}

/** `<period>.<revision>` of every revision that changed a figure of one of the resellers. */
async function changedOf(store: ReadableStore, resellerIds: readonly Uuid[]): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  const read = (reseller: Uuid) => readChanged(store, reseller);
  for await (const found of mapConcurrent(resellerIds, read, LISTINGS_AT_ONCE))
    for (const revision of found) changed.add(revision);
  return changed;
}
