import * as z from "zod/mini";
import { isUuid, type Uuid } from "../ids.ts";
import { isDay } from "../period.ts";
import { textThat } from "../schema.ts";
import { FINDING_KINDS } from "./findings.ts";
import { isInstant, isMonth, type Month } from "./month.ts";
import { parseStored } from "./stored-json.ts";

/** The prefix of every key: the report that is closed. */
export const ROOT = "minutes-by-organization/";

const text = z.string();
const count = z.int().check(z.minimum(0));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const month = textThat(isMonth);
const instant = textThat(isInstant);
const day = textThat(isDay);
const uuid = textThat(isUuid);

const QUALITY = {
  copies: count,
  corrections: count,
  calls_without_agent: count,
  calls_in_progress: count,
  negative_durations: count,
};

/** A reseller's statement within a revision. */
const entry = z.strictObject({
  reseller_id: uuid,
  key: text,
  sha256: hash,
  bytes: count,
  seconds: count,
  /** The hash of its figures only, see `figuresHash`. */
  figures_sha256: hash,
  /** The sum of its adjustments, which may be negative. Manifests of version 1 do not have it. */
  adjusted_seconds: z.optional(z.int()),
  /** Whether the statement has organizations, or only adjustments. Manifests of version 1 do not have it. */
  has_usage: z.optional(z.boolean()),
  /** The lines of agents and of adjustments in the statement. Manifests of earlier releases do not have them. */
  usage_lines: z.optional(count),
  adjustment_lines: z.optional(count),
});

const finding = { day, kind: z.enum(FINDING_KINDS), count };

const HEAD = {
  period: month,
  revision: z.int().check(z.minimum(1)),
  /** The previous revision with the hash of its manifest; null for the first. */
  supersedes: z.nullable(z.strictObject({ revision: z.int(), sha256: hash })),
  /** Records written before it count. */
  as_of: instant,
  /** Days that a person allowed to have no record, each with the reason. They also apply to later revisions. */
  allowed_missing_days: z.array(z.strictObject({ day, reason: text })),
};
/** `organizations` and `resellers` count those in the statements, including those without calls. */
const totals = z.strictObject({ seconds: count, calls: count, organizations: count, resellers: count });
const resellers = z.array(entry);

const version1 = z.strictObject({
  schema_version: z.literal(1),
  ...HEAD,
  totals,
  quality: z.strictObject(QUALITY),
  resellers,
});

/**
 * The manifest of a revision, which creates the revision: objects that it does not name belong to no snapshot. The
 * order of the members is fixed, resellers are sorted by id.
 */
const version2 = z.strictObject({
  schema_version: z.literal(2),
  ...HEAD,
  /** Findings that a person allowed, each with the reason. They also apply to later revisions, up to their count. */
  allowed_findings: z.array(z.strictObject({ ...finding, reason: text })),
  /** Days with fewer calls than in the previous revision that a person allowed, each with the reason. */
  allowed_shrunk_days: z.array(z.strictObject({ day, reason: text })),
  /** The digest of the month's files, listed before the query; null if the lake is not listed. */
  listing_sha256: z.nullable(hash),
  /** When the first record was written that came too late for this revision; null if there is none. */
  earliest_left_out: z.nullable(instant),
  calls_per_day: z.array(z.strictObject({ day, calls: count })),
  totals,
  /** Counts of the month's records, and of those that break the contract of the lake. */
  quality: z.strictObject({ ...QUALITY, findings: z.array(z.strictObject(finding)) }),
  resellers,
});

/** Version 1 has no findings. */
const manifest = z.union([
  version2,
  z.pipe(
    version1,
    z.transform(
      ({ quality, ...rest }): z.output<typeof version2> => ({
        ...rest,
        schema_version: 2,
        allowed_findings: [],
        allowed_shrunk_days: [],
        listing_sha256: null,
        earliest_left_out: null,
        calls_per_day: [],
        quality: { ...quality, findings: [] },
      }),
    ),
  ),
]);

export type Manifest = z.output<typeof version2>;
export type ManifestEntry = z.infer<typeof entry>;

/** Renders the manifest's canonical bytes. */
export function manifestBytes(of: Manifest): Buffer {
  return Buffer.from(JSON.stringify(of));
}

/**
 * Reads a manifest of version 1 or 2. Version 1 is returned as version 2 without findings.
 *
 * @throws SnapshotError `snapshot_damaged` if the bytes are not a manifest
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parseStored(manifest, bytes, "A manifest is not valid: it matches neither schema version 1 nor 2.");
}

/** The keys of a revision's objects. */
export function revisionPrefix(of: Month, revision: number): string {
  return `${ROOT}period=${of}/revision=${String(revision).padStart(4, "0")}/`;
}

export function manifestKey(of: Month, revision: number): string {
  return `${revisionPrefix(of, revision)}manifest.json`;
}

/** A statement's key contains the hash of its bytes, so other bytes have another key. */
export function statementKey(of: Month, revision: number, resellerId: Uuid, sha256: string): string {
  return `${revisionPrefix(of, revision)}resellers/${resellerId}.${sha256.slice(0, 16)}.json`;
}
