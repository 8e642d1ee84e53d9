import * as z from "zod/mini";
import { textThat } from "../schema.ts";
import type { Manifest } from "./manifest.ts";
import { type Instant, isInstant, isMonth, type Month } from "./month.ts";
import type { ReadableStore, SnapshotStore } from "./snapshots.ts";
import { parseStored } from "./stored-json.ts";

const LOOKED = "looked/";

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const instant = textThat(isInstant);

/**
 * The state of a month in a run that found its figures unchanged. It is written so that the month is not queried
 * every day.
 */
const look = z.strictObject({
  schema_version: z.literal(1),
  period: textThat(isMonth),
  revision: z.int().check(z.minimum(1)),
  as_of: instant,
  /** The digest of the month's files, listed before the query. */
  listing_sha256: hash,
  /** When the first record was written that came too late for this look; null if there is none. */
  earliest_left_out: z.nullable(instant),
});

export type Look = z.infer<typeof look>;

/** The state of a month at the last look at its newest revision: in the run that wrote it, or in a later one. */
export interface LastLook {
  readonly as_of: Instant;
  readonly listing_sha256: string | null;
  readonly earliest_left_out: Instant | null;
}

/**
 * Reads the last look at a revision: the one with the latest `as_of`, from its manifest and its markers.
 *
 * @throws SnapshotError `snapshot_damaged` if a marker is not valid
 */
export async function lastLook(store: ReadableStore, manifest: Manifest): Promise<LastLook> {
  const keys = await store.keys(prefixOf(manifest.period, manifest.revision));
  const newest = keys.toSorted((a, b) => (asOfIn(a) < asOfIn(b) ? -1 : 1)).at(-1);
  const bytes = newest === undefined ? undefined : await store.get(newest);
  return bytes === undefined ? manifest : parseLook(bytes);
}

/**
 * Whether nothing has changed since the last look: the files are the same, and no record that was too late then is
 * due now. Only the last look counts, because the files may go from A to B and back to A while a revision of B is the
 * newest.
 */
export function isSettled(last: LastLook, listing: string, asOf: Instant): boolean {
  if (last.listing_sha256 !== listing) return false;
  return last.earliest_left_out === null || last.earliest_left_out >= asOf;
}

/** Writes the marker of a look that changed nothing. An existing marker has the same content. */
export async function writeLook(store: SnapshotStore, of: Look): Promise<void> {
  await store.create(lookKey(of), Buffer.from(JSON.stringify(of)));
}

export function lookKey({ period, revision, listing_sha256, as_of }: Look): string {
  return `${prefixOf(period, revision)}${listing_sha256}.${as_of}.json`;
}

function prefixOf(month: Month, revision: number): string {
  return `${LOOKED}${month}/${String(revision).padStart(4, "0")}/`;
}

function asOfIn(key: string): string {
  return key.split(".").at(-2) ?? "";
}

/** @throws SnapshotError `snapshot_damaged` if the bytes are not a marker */
export function parseLook(bytes: Uint8Array): Look {
  return parseStored(look, bytes, "A stored marker of a look is not valid.");
}
