import { isUuid, type Uuid } from "../ids.ts";
import { mapConcurrent } from "../map-concurrent.ts";
import { type Manifest, manifestKey } from "./manifest.ts";
import { type Instant, isInstant, isMonth, type Month } from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import {
  listedMonths,
  listedRevisions,
  newestRevision,
  type ReadableStore,
  type Revision,
  revisionOf,
  type SnapshotStore,
} from "./snapshots.ts";
import { figuresHash } from "./statement.ts";

const HEADS = "heads/";
const NOTHING = Buffer.of();

/** Markers that are read or written at the same time. */
const MARKERS_AT_ONCE = 32;

/**
 * The properties of a revision that its key contains, so that one listing shows every revision without reading a
 * manifest. Only the list of months uses heads.
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
  await store.create(`changed/${resellerId}/${month}.${revision}`, NOTHING);
}

/** Writes the head of a revision, after its manifest. */
export async function writeHead(store: SnapshotStore, { manifest, sha256 }: Revision): Promise<void> {
  const { period, revision, as_of } = manifest;
  await store.create(`${HEADS}${period}.${revision}.${as_of}.${sha256.slice(0, 16)}`, NOTHING);
}

/**
 * Writes the missing heads: of a run that was interrupted after its manifest, or of a bucket that is older than
 * heads. A damaged revision gets none.
 *
 * @param mayGoOn is called before each month
 */
export async function restoreHeads(store: SnapshotStore, mayGoOn: () => boolean): Promise<void> {
  const known = new Set(
    (await readHeads(store)).map(({ period, revision }) => manifestKey(period, revision)),
  );
  for (const month of await listedMonths(store)) {
    if (!mayGoOn()) return;
    let before: Manifest | undefined;
    for (const number of (await listedRevisions(store, month)).toReversed()) {
      if (known.has(manifestKey(month, number))) continue;
      const revision = await readable(() => revisionOf(store, month, number));
      if (revision === undefined || revision === "damaged") continue;
      before ??= number === 1 ? undefined : await manifestBefore(store, month, number);
      const changed = changedIn(revision.manifest, before);
      await Array.fromAsync(
        mapConcurrent(changed, (reseller) => writeChanged(store, reseller, month, number), MARKERS_AT_ONCE),
      );
      await writeHead(store, revision);
      before = revision.manifest;
    }
  }
}

async function manifestBefore(
  store: ReadableStore,
  month: Month,
  number: number,
): Promise<Manifest | undefined> {
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
    readChanged(store, resellerIds),
  ]);
  const byMonth = new Map<Month, ListedRevision[]>();
  for (const { period, revision, as_of } of heads) {
    const revisions = byMonth.get(period) ?? [];
    revisions.push({ revision, as_of, changed: changed.has(`${period}.${revision}`) });
    byMonth.set(period, revisions);
  }
  const damaged: Month[] = [];
  const headless = listed.filter((month) => !byMonth.has(month));
  const found = await Promise.all(headless.map((month) => readable(() => newestRevision(store, month))));
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
async function readChanged(store: ReadableStore, resellerIds: readonly Uuid[]): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  const keys = (reseller: Uuid) => store.keys(`changed/${reseller}/`);
  for await (const found of mapConcurrent(resellerIds, keys, MARKERS_AT_ONCE)) {
    for (const key of found) {
      const [, reseller = "", revision = ""] = key.split("/");
      if (isUuid(reseller)) changed.add(revision);
    }
  }
  return changed;
}

async function readable<Result>(read: () => Promise<Result>): Promise<Result | "damaged"> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "snapshot_damaged") return "damaged";
    throw error;
  }
}
