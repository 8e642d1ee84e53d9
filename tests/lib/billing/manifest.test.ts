import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Manifest,
  manifestBytes,
  manifestKey,
  parseManifest,
  revisionPrefix,
  statementKey,
} from "../../../lib/billing/manifest.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { day, uuid } from "../valid.ts";
import { instant, month, snapshotFailureOf } from "./valid.ts";

const APRIL = month("2026-04");
const HASH = sha256(Buffer.from("a statement"));
const ALLOWED = {
  day: day("2026-04-10"),
  kind: "missing_call_id" as const,
  count: 3,
  reason: "The platform cannot repair them.",
};
const MANIFEST: Manifest = {
  schema_version: 2,
  period: APRIL,
  revision: 2,
  supersedes: { revision: 1, sha256: sha256(Buffer.from("a manifest")) },
  as_of: instant("2026-05-04T06:00:00Z"),
  allowed_missing_days: [{ day: day("2026-04-19"), reason: "No calls on that day." }],
  allowed_findings: [ALLOWED],
  allowed_shrunk_days: [{ day: day("2026-04-11"), reason: "The platform took a test's calls back." }],
  listing_sha256: sha256(Buffer.from("a listing")),
  earliest_left_out: instant("2026-05-04T06:00:07Z"),
  calls_per_day: [{ day: day("2026-04-10"), calls: 1 }],
  totals: { seconds: 60, calls: 1, organizations: 1, resellers: 1 },
  quality: {
    copies: 1,
    corrections: 2,
    calls_without_agent: 3,
    calls_in_progress: 4,
    negative_durations: 5,
    findings: [{ day: day("2026-04-10"), kind: "missing_call_id", count: 3 }],
  },
  resellers: [
    {
      reseller_id: uuid("51"),
      key: statementKey(APRIL, 2, uuid("51"), HASH),
      sha256: HASH,
      bytes: 400,
      seconds: 60,
      figures_sha256: sha256(Buffer.from("figures")),
      adjusted_seconds: -5,
      has_usage: true,
    },
  ],
};

describe("where a revision is", () => {
  test("its keys are these", () => {
    expect(revisionPrefix(APRIL, 1)).toBe("minutes-by-organization/period=2026-04/revision=0001/");
    expect(manifestKey(APRIL, 12)).toBe("minutes-by-organization/period=2026-04/revision=0012/manifest.json");
    expect(statementKey(APRIL, 9_999, uuid("51"), HASH)).toBe(
      `minutes-by-organization/period=2026-04/revision=9999/resellers/${uuid("51")}.${HASH.slice(0, 16)}.json`,
    );
  });

  test("has another key for other bytes, another reseller, revision or month", () => {
    const keys = [
      statementKey(APRIL, 1, uuid("1"), HASH),
      statementKey(APRIL, 1, uuid("1"), sha256(Buffer.of())),
      statementKey(APRIL, 1, uuid("2"), HASH),
      statementKey(APRIL, 2, uuid("1"), HASH),
      statementKey(month("2026-05"), 1, uuid("1"), HASH),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("a manifest", () => {
  test("is read back from its bytes, which are the same again", () => {
    const read = parseManifest(manifestBytes(MANIFEST));
    expect(read).toEqual(MANIFEST);
    expect(manifestBytes(read).equals(manifestBytes(MANIFEST))).toBe(true);
  });

  test("has its members in a fixed order", () => {
    expect(Object.keys(JSON.parse(manifestBytes(MANIFEST).toString()))).toEqual([
      "schema_version",
      "period",
      "revision",
      "supersedes",
      "as_of",
      "allowed_missing_days",
      "allowed_findings",
      "allowed_shrunk_days",
      "listing_sha256",
      "earliest_left_out",
      "calls_per_day",
      "totals",
      "quality",
      "resellers",
    ]);
  });

  test("of version 1, as the first release wrote it, is read as one without findings", () => {
    const { schema_version: _, period, revision, supersedes, as_of, allowed_missing_days } = MANIFEST;
    const { totals, resellers, quality } = MANIFEST;
    const { findings: __, ...counts } = quality;
    const head = { schema_version: 1, period, revision, supersedes, as_of, allowed_missing_days };
    const bytes = Buffer.from(JSON.stringify({ ...head, totals, quality: counts, resellers }));
    expect(parseManifest(bytes)).toEqual({
      ...MANIFEST,
      quality: { ...counts, findings: [] },
      allowed_findings: [],
      allowed_shrunk_days: [],
      listing_sha256: null,
      earliest_left_out: null,
      calls_per_day: [],
    });
  });

  test("gives the same bytes for any order of its members", () => {
    const shuffled = fc.shuffledSubarray(Object.entries(MANIFEST), {
      minLength: Object.keys(MANIFEST).length,
    });
    fc.assert(
      fc.property(shuffled, (members) => {
        const read = parseManifest(Buffer.from(JSON.stringify(Object.fromEntries(members))));
        expect(manifestBytes(read).equals(manifestBytes(MANIFEST))).toBe(true);
      }),
    );
  });

  test("of a first revision supersedes nothing, and may have no reseller at all", () => {
    const first = { ...MANIFEST, revision: 1, supersedes: null, allowed_missing_days: [], resellers: [] };
    expect(parseManifest(manifestBytes(first))).toEqual(first);
  });
});

describe("bytes that are not a manifest", () => {
  test.each<[string, object]>([
    ["a schema that is unknown", { schema_version: 3 }],
    ["the first schema with members of the second", { schema_version: 1 }],
    ["an invalid month", { period: "2026-4" }],
    ["revision 0", { revision: 0 }],
    ["half a revision", { revision: 1.5 }],
    ["an instant with milliseconds", { as_of: "2026-05-04T06:00:00.000Z" }],
    ["an unknown member", { comment: "patched by hand" }],
    ["no predecessor", { supersedes: undefined }],
    ["a predecessor without its hash", { supersedes: { revision: 1 } }],
    ["an allowed day without its reason", { allowed_missing_days: [{ day: "2026-04-19" }] }],
    ["an invalid allowed day", { allowed_missing_days: [{ day: "2026-04-31", reason: "x" }] }],
    ["a total below 0", { totals: { ...MANIFEST.totals, seconds: -1 } }],
    ["a total beyond 2^53 - 1", { totals: { ...MANIFEST.totals, seconds: 2 ** 53 } }],
    ["a quality that is unknown", { quality: { ...MANIFEST.quality, guesses: 1 } }],
    ["a finding of an unknown kind", { allowed_findings: [{ ...ALLOWED, kind: "broken" }] }],
    ["an allowed finding without its reason", { allowed_findings: [{ ...ALLOWED, reason: undefined }] }],
    ["no resellers", { resellers: undefined }],
    ["an invalid reseller", { resellers: [entry({ reseller_id: "51" })] }],
    ["a hash cut short", { resellers: [entry({ sha256: HASH.slice(1) })] }],
    ["a hash in capitals", { resellers: [entry({ figures_sha256: HASH.toUpperCase() })] }],
    ["an entry with more than it has", { resellers: [entry({ name: "Northwind" })] }],
  ])("with %s are refused as damaged", (_, members) => {
    const bytes = Buffer.from(JSON.stringify({ ...MANIFEST, ...members }));
    const { code, message } = snapshotFailureOf(() => parseManifest(bytes));
    expect([code, message]).toEqual([
      "snapshot_damaged",
      "A manifest is not valid: it matches neither schema version 1 nor 2.",
    ]);
  });

  test("are refused wherever they are truncated", () => {
    const bytes = manifestBytes(MANIFEST);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(snapshotFailureOf(() => parseManifest(bytes.subarray(0, length))).code).toBe(
          "snapshot_damaged",
        );
      }),
    );
  });

  test("are refused if they are not UTF-8", () => {
    const bytes = manifestBytes({
      ...MANIFEST,
      allowed_missing_days: [{ day: day("2026-04-19"), reason: "é" }],
    });
    const damaged = Buffer.from(bytes.toString(), "latin1");
    expect(snapshotFailureOf(() => parseManifest(damaged)).code).toBe("snapshot_damaged");
  });
});

/** The manifest's entry with other members. */
function entry(members: Readonly<Record<string, unknown>>): object {
  return { ...MANIFEST.resellers[0], ...members };
}
