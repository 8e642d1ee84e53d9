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
import { parseStatement, type Statement, sha256 } from "./statement.ts";
import { matchesEntry } from "./statement-check.ts";

/** The store of snapshots. No object in it is ever changed or deleted. */
export interface SnapshotStore {
  /** Lists the next segments of the keys that begin with the prefix, each up to its `/`, in order. */
  readonly list: (prefix: string) => Promise<readonly string[]>;
  /** Lists the keys of all objects that begin with the prefix, in order. */
  readonly keys: (prefix: string) => Promise<readonly string[]>;
  /** Reads the object's bytes; undefined if it is missing. */
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
  /**
   * Creates the object, unless there is one of that key. An existing object stays, even if an earlier attempt of this
   * call created it and lost the answer.
   */
  readonly create: (key: string, bytes: Uint8Array) => Promise<"created" | "exists">;
}

/** The part of the store that readers of snapshots need. */
export type ReadableStore = Omit<SnapshotStore, "create">;

/** A revision with a manifest, and the hash of the manifest's bytes. */
export interface Revision {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** The prefix of the heads (see `heads.ts`). */
export const HEADS = "heads/";

/** Lists the months that have objects, the oldest first. A crashed run may have left one that is not closed. */
export async function listedMonths(store: ReadableStore): Promise<Month[]> {
  return (await store.list(ROOT))
    .map((segment) => /^period=(.+)\/$/.exec(segment)?.[1] ?? "")
    .filter(isMonth)
    .sort();
}

/**
 * Reads the newest revision of a month; undefined if the month is not closed. A crashed run leaves no manifest.
 *
 * @throws SnapshotError `snapshot_damaged` if a later revision has a head and no manifest. Its manifest was removed. An
 * older revision must not be shown as the newest, and no run may write the later one again
 */
export async function newestRevision(store: ReadableStore, month: Month): Promise<Revision | undefined> {
  // Heads first: a head is written after its manifest, so the manifest is among what is listed later.
  const highest = Math.max(0, ...(await revisionsWithHead(store, month)));
  for (const number of await listedRevisions(store, month)) {
    const revision = await revisionOf(store, month, number);
    if (revision === undefined && number > highest) continue;
    if (revision === undefined || number < highest) break;
    return revision;
  }
  if (highest === 0) return undefined;
  throw new SnapshotError("snapshot_damaged", `The manifest of ${month}, revision ${highest}, is missing.`);
}

async function revisionsWithHead(store: ReadableStore, month: Month): Promise<number[]> {
  const prefix = `${HEADS}${month}.`;
  const numbers = (await store.keys(prefix)).map((key) => Number(key.slice(prefix.length).split(".")[0]));
  return numbers.filter((number) => Number.isSafeInteger(number));
}

/** Lists the numbers of the revisions that have objects, the newest first. A crashed run leaves no manifest. */
export async function listedRevisions(store: ReadableStore, month: Month): Promise<number[]> {
  return (await store.list(`${ROOT}period=${month}/`))
    .map((segment) => Number(/^revision=(\d{4,})\/$/.exec(segment)?.[1]))
    .filter((number) => Number.isSafeInteger(number))
    .sort((a, b) => b - a);
}

/**
 * Reads a revision of a month; undefined if it is missing.
 *
 * @throws SnapshotError `snapshot_damaged` if its manifest belongs to another month or revision
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
      `The manifest of ${month}, revision ${number}, belongs to another month or revision.`,
    );
  }
  requireConsistent(manifest);
  return { manifest, sha256: sha256(bytes) };
}

/** @throws SnapshotError `snapshot_damaged` if the manifest's totals or keys contradict its entries */
function requireConsistent({ period, revision, totals, resellers }: Manifest): void {
  const seconds = resellers.reduce((sum, entry) => sum + entry.seconds, 0);
  const keysDiffer = resellers.some(
    ({ key, reseller_id, sha256: hash }) => key !== statementKey(period, revision, reseller_id, hash),
  );
  const isOrdered = resellers.every(
    ({ reseller_id }, index) => reseller_id > (resellers[index - 1]?.reseller_id ?? ""),
  );
  // Manifests of version 1 do not say which entries contain only adjustments.
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

/** Statements read at the same time. */
const STATEMENTS_AT_ONCE = 16;

/**
 * Reads the statements of these resellers, in the manifest's order, and no others.
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
 * @throws SnapshotError `snapshot_damaged` if the statement is missing or is not the one that the manifest names. The
 * message identifies it by the hash in its key, without the reseller's id.
 */
export async function readStatement(store: ReadableStore, entry: ManifestEntry): Promise<Statement> {
  const { key, sha256: hash } = entry;
  const bytes = await store.get(key);
  const named = redacted(key);
  if (bytes === undefined) throw new SnapshotError("snapshot_damaged", `${named} is missing.`);
  if (sha256(bytes) !== hash)
    throw new SnapshotError("snapshot_damaged", `${named} does not match its recorded hash.`);
  const statement = parseStatement(bytes, monthOf(key));
  if (matchesEntry(statement, entry)) return statement;
  throw new SnapshotError("snapshot_damaged", `${named} does not match its entry in the manifest.`);
}

/** The month in a statement's key, which the manifest was checked for. */
function monthOf(key: string): Month | undefined {
  const [, month = ""] = /period=([^/]+)\//.exec(key) ?? [];
  return isMonth(month) ? month : undefined;
}
