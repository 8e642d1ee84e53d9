import type { Uuid } from "../ids.ts";
import { redacted } from "../log.ts";
import { mapConcurrent } from "../map-concurrent.ts";
import {
  type Manifest,
  type ManifestEntry,
  manifestKey,
  parseManifest,
  ROOT,
  statementKey,
} from "./manifest.ts";
import { isMonth, type Month } from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import { figuresHash, parseStatement, type Statement, secondsOf, sha256 } from "./statement.ts";

/** Where snapshots are kept. Nothing in it is ever changed or deleted. */
export interface SnapshotStore {
  /** The next segments of the keys that begin with the prefix, each up to its `/`, in order. */
  readonly list: (prefix: string) => Promise<readonly string[]>;
  /** The keys of all objects that begin with the prefix, in order. */
  readonly keys: (prefix: string) => Promise<readonly string[]>;
  /** The object's bytes; undefined where there is none. */
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
  /**
   * Makes the object, unless there is one of that key already: then that one stays, whoever made it, also where it was
   * this call at a try whose answer was lost.
   */
  readonly create: (key: string, bytes: Uint8Array) => Promise<"created" | "exists">;
}

/** What reads snapshots needs no more of their store. */
export type ReadableStore = Omit<SnapshotStore, "create">;

/** A revision that has its manifest, and the hash of the manifest's bytes. */
export interface Revision {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** The months that have objects, the oldest first. A run that crashed may have left one that is not closed. */
export async function listedMonths(store: ReadableStore): Promise<Month[]> {
  return (await store.list(ROOT))
    .map((segment) => segment.replace(/^period=/, "").replace(/\/$/, ""))
    .filter(isMonth)
    .sort();
}

/** The newest revision of a month; undefined where the month is not closed. A run that crashed left no manifest. */
export async function newestRevision(store: ReadableStore, month: Month): Promise<Revision | undefined> {
  for (const number of await listedRevisions(store, month)) {
    const revision = await revisionOf(store, month, number);
    if (revision !== undefined) return revision;
  }
  return undefined;
}

/** The numbers of the revisions that have objects, the newest first. A run that crashed left no manifest. */
export async function listedRevisions(store: ReadableStore, month: Month): Promise<number[]> {
  return (await store.list(`${ROOT}period=${month}/`))
    .map((segment) => Number(/^revision=(\d{4,})\/$/.exec(segment)?.[1]))
    .filter((number) => Number.isSafeInteger(number))
    .sort((a, b) => b - a);
}

/**
 * A revision of a month; undefined where there is none.
 *
 * @throws SnapshotError `snapshot_damaged` when its manifest is not that of the month and revision
 */
export async function revisionOf(
  store: ReadableStore,
  month: Month,
  number: number,
): Promise<Revision | undefined> {
  const bytes = await store.get(manifestKey(month, number));
  if (bytes === undefined) return undefined;
  const manifest = parseManifest(bytes);
  if (manifest.period !== month || manifest.revision !== number) {
    throw new SnapshotError(
      "snapshot_damaged",
      `The manifest of ${month}, revision ${number}, is another one's.`,
    );
  }
  requireConsistent(manifest);
  return { manifest, sha256: sha256(bytes) };
}

/** @throws SnapshotError `snapshot_damaged` when the manifest's totals or keys contradict its entries */
function requireConsistent({ period, revision, totals, resellers }: Manifest): void {
  const seconds = resellers.reduce((sum, entry) => sum + entry.seconds, 0);
  const keysDiffer = resellers.some(
    ({ key, reseller_id, sha256: hash }) => key !== statementKey(period, revision, reseller_id, hash),
  );
  const isOrdered = resellers.every(
    ({ reseller_id }, index) => index === 0 || reseller_id > (resellers[index - 1]?.reseller_id ?? ""),
  );
  // Manifests of version 1 do not say which entries hold adjustments alone.
  const withUsage = resellers.filter((entry) => entry.has_usage !== false).length;
  const isCounted = resellers.every((entry) => entry.has_usage !== undefined)
    ? withUsage === totals.resellers
    : withUsage >= totals.resellers;
  if (seconds === totals.seconds && isCounted && !keysDiffer && isOrdered) return;
  throw new SnapshotError(
    "snapshot_damaged",
    `The manifest of ${period}, revision ${revision}, contradicts itself: its entries do not match its totals, or have wrong keys.`,
  );
}

/** Statements read at once. */
const STATEMENTS_AT_ONCE = 16;

/**
 * The statements of these resellers, in the manifest's order; no other one is opened.
 *
 * @throws SnapshotError `snapshot_damaged` as `readStatement` does
 */
export function readStatements(
  store: ReadableStore,
  { resellers }: Manifest,
  resellerIds: readonly Uuid[],
): Promise<Statement[]> {
  const own = new Set(resellerIds);
  const entries = resellers.filter(({ reseller_id }) => own.has(reseller_id));
  return Array.fromAsync(mapConcurrent(entries, (entry) => readStatement(store, entry), STATEMENTS_AT_ONCE));
}

/**
 * @throws SnapshotError `snapshot_damaged` when the statement is missing or is not the one that the manifest names; the
 *   hash in its key tells which, without the reseller's id
 */
export async function readStatement(store: ReadableStore, entry: ManifestEntry): Promise<Statement> {
  const { key, sha256: hash } = entry;
  const bytes = await store.get(key);
  const named = redacted(key);
  if (bytes === undefined) throw new SnapshotError("snapshot_damaged", `${named} is missing.`);
  if (sha256(bytes) !== hash)
    throw new SnapshotError("snapshot_damaged", `${named} has other bytes than it had.`);
  const statement = parseStatement(bytes);
  requireMatch(statement, entry, named);
  return statement;
}

/** @throws SnapshotError `snapshot_damaged` unless every row is the entry's reseller's and the sums are the entry's */
function requireMatch(
  { organizations, adjustments }: Statement,
  { reseller_id, seconds, figures_sha256, adjusted_seconds, has_usage }: ManifestEntry,
  named: string,
): void {
  const isOwn = [...organizations, ...adjustments].every(({ resellerId }) => resellerId === reseller_id);
  const addsUp = organizations.every(
    (organization) =>
      organization.seconds === organization.agents.reduce((sum, agent) => sum + agent.seconds, 0),
  );
  const hasItsFigures = secondsOf(organizations) === seconds && figuresHash(organizations) === figures_sha256;
  const adjusted = adjustments.reduce((sum, { before, after }) => sum + after - before, 0);
  const isAdjustedSo = adjusted === (adjusted_seconds ?? adjusted);
  const isUsedSo = organizations.length > 0 === (has_usage ?? organizations.length > 0);
  if (isOwn && addsUp && hasItsFigures && isAdjustedSo && isUsedSo) return;
  throw new SnapshotError("snapshot_damaged", `${named} does not contain what its manifest says.`);
}
