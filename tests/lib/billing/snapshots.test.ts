import { describe, expect, test } from "vitest";
import {
  type Manifest,
  type ManifestEntry,
  manifestBytes,
  manifestKey,
  statementKey,
} from "../../../lib/billing/manifest.ts";
import { periodOf } from "../../../lib/billing/month.ts";
import {
  listedMonths,
  listedRevisions,
  newestRevision,
  type ReadableStore,
  readStatement,
  revisionOf,
} from "../../../lib/billing/snapshots.ts";
import { figuresHash, sha256, statementBytes } from "../../../lib/billing/statement.ts";
import { uuid } from "../valid.ts";
import { memoryStore } from "./memory-store.ts";
import { usageOf } from "./usages.ts";
import { instant, month } from "./valid.ts";

const APRIL = month("2026-04");
const RESELLER = uuid("51f2");

function manifestOf(period: string, revision: number): Manifest {
  return {
    schema_version: 2,
    period: month(period),
    revision,
    supersedes: null,
    as_of: instant("2026-06-04T06:00:00Z"),
    allowed_missing_days: [],
    totals: { seconds: 0, calls: 0, organizations: 0, resellers: 0 },
    quality: {
      copies: 0,
      corrections: 0,
      calls_without_agent: 0,
      calls_in_progress: 0,
      negative_durations: 0,
      findings: [],
    },
    allowed_findings: [],
    allowed_shrunk_days: [],
    listing_sha256: null,
    earliest_left_out: null,
    calls_per_day: [],
    resellers: [],
  };
}

/** The objects of a store with these revisions. */
function written(...revisions: readonly (readonly [string, number])[]): [string, Uint8Array][] {
  return revisions.map(([period, revision]) => [
    manifestKey(month(period), revision),
    manifestBytes(manifestOf(period, revision)),
  ]);
}

/** A store of these objects, and a record of what was read. */
function storeOf(objects: Iterable<readonly [string, Uint8Array]>) {
  const inMemory = memoryStore(new Map(objects));
  const read: string[] = [];
  const store: ReadableStore = {
    ...inMemory,
    get: (key) => {
      read.push(key);
      return inMemory.get(key);
    },
  };
  return { store, read };
}

async function numberOf(objects: Iterable<readonly [string, Uint8Array]>): Promise<number | undefined> {
  return (await newestRevision(storeOf(objects).store, APRIL))?.manifest.revision;
}

describe("the newest revision of a month", () => {
  test("is the one with the highest number, and undefined if the month has none", async () => {
    expect(await numberOf([])).toBeUndefined();
    expect(await numberOf(written(["2026-03", 7], ["2026-05", 8]))).toBeUndefined();
    expect(await numberOf(written(["2026-04", 2], ["2026-04", 1], ["2026-04", 9], ["2026-04", 10]))).toBe(10);
    expect(await numberOf(written(["2026-04", 9_999], ["2026-04", 10_000]))).toBe(10_000);
  });

  test("is never one without a manifest, which a run that ended early left", async () => {
    const begun = statementKey(APRIL, 3, RESELLER, sha256(Buffer.of()));
    expect(await numberOf([...written(["2026-04", 1], ["2026-04", 2]), [begun, Buffer.of()]])).toBe(2);
    expect(await numberOf([[begun, Buffer.of()]])).toBeUndefined();
  });

  test("is not searched in names that are not revisions", async () => {
    const strays = [
      "revision=x",
      "revision=-001",
      "revision=1",
      "old-revision=0009",
      "revision=0009.bak",
    ].map((folder): [string, Uint8Array] => [
      `minutes-by-organization/period=2026-04/${folder}/manifest.json`,
      Buffer.from("no manifest"),
    ]);
    const objects = [...written(["2026-04", 1]), ...strays];
    expect(await numberOf(objects)).toBe(1);
    expect(await listedRevisions(storeOf(objects).store, APRIL)).toEqual([1]);
  });

  test("carries the hash of its manifest's bytes", async () => {
    const revision = await newestRevision(storeOf(written(["2026-04", 1])).store, APRIL);
    expect(revision).toEqual({
      manifest: manifestOf("2026-04", 1),
      sha256: sha256(manifestBytes(manifestOf("2026-04", 1))),
    });
  });
});

describe("a revision", () => {
  test("with the manifest of another one is damaged", async () => {
    for (const [period, revision] of [
      ["2026-03", 1],
      ["2026-04", 2],
    ] as const) {
      const objects = [[manifestKey(APRIL, 1), manifestBytes(manifestOf(period, revision))] as const];
      await expect(revisionOf(storeOf(objects).store, APRIL, 1)).rejects.toMatchObject({
        code: "snapshot_damaged",
        message: "The manifest of 2026-04, revision 1, belongs to another month or revision.",
      });
    }
  });

  test("that is damaged is an error, never an older one", async () => {
    const objects = [...written(["2026-04", 1]), [manifestKey(APRIL, 2), Buffer.from("{}")] as const];
    await expect(numberOf(objects)).rejects.toMatchObject({ code: "snapshot_damaged" });
  });
});

describe("the newest revision of a month with heads", () => {
  const head = (revision: string, period = "2026-04"): [string, Uint8Array] => [
    `heads/${period}.${revision}.2026-06-04T06:00:00Z.0`,
    Buffer.of(),
  ];
  const begun: [string, Uint8Array] = [statementKey(APRIL, 2, RESELLER, sha256(Buffer.of())), Buffer.of()];

  test("may have no head yet, and an interrupted run may have begun another", async () => {
    expect(await numberOf([...written(["2026-04", 1], ["2026-04", 2]), head("1")])).toBe(2);
    expect(await numberOf([...written(["2026-04", 1]), begun, head("1")])).toBe(1);
    const others = [head("9", "2026-05"), head("x")];
    expect(await numberOf([...written(["2026-04", 1]), ...others])).toBe(1);
    expect(await numberOf(others)).toBeUndefined();
  });

  test.each<[string, [string, Uint8Array][]]>([
    ["an older revision is there", written(["2026-04", 1])],
    ["an older revision and a statement are there", [...written(["2026-04", 1]), begun]],
    ["nothing is there", []],
  ])("is damaged without its manifest, although %s", async (_, objects) => {
    await expect(numberOf([...objects, head("2"), head("1")])).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: "The manifest of 2026-04, revision 2, is missing.",
    });
  });
});

describe("a manifest contradicts itself", () => {
  const HASH = "a".repeat(64);
  const [A, B] = [uuid("a1"), uuid("a2")];
  const entry = (reseller: typeof A, members: Partial<ManifestEntry> = {}): ManifestEntry => ({
    reseller_id: reseller,
    key: statementKey(APRIL, 1, reseller, HASH),
    sha256: HASH,
    bytes: 9,
    seconds: 60,
    figures_sha256: HASH,
    has_usage: true,
    ...members,
  });
  const read = (resellers: ManifestEntry[], totals: Partial<Manifest["totals"]>) => {
    const of = manifestOf("2026-04", 1);
    const manifest = { ...of, resellers, totals: { ...of.totals, seconds: 120, resellers: 2, ...totals } };
    return revisionOf(storeOf([[manifestKey(APRIL, 1), manifestBytes(manifest)]]).store, APRIL, 1);
  };
  const onlyAdjustments = entry(B, { seconds: 0, has_usage: false });
  const { has_usage: _, ...ofVersion1 } = entry(B);

  test("not if its entries add up to its totals", async () => {
    expect(await read([entry(A), entry(B)], {})).toBeDefined();
    expect(await read([entry(A), onlyAdjustments], { seconds: 60, resellers: 1 })).toBeDefined();
    expect(await read([], { seconds: 0, resellers: 0 })).toBeDefined();
  });

  test("not if a manifest of version 1 has entries without usage, which it does not mark", async () => {
    expect(await read([entry(A), ofVersion1], {})).toBeDefined();
    expect(await read([entry(A), ofVersion1], { resellers: 1 })).toBeDefined();
  });

  test.each<[string, ManifestEntry[], Partial<Manifest["totals"]>]>([
    ["its seconds are not those of its entries", [entry(A), entry(B)], { seconds: 119 }],
    ["it counts too few resellers", [entry(A), entry(B)], { resellers: 1 }],
    ["it counts too many resellers", [entry(A), entry(B)], { resellers: 3 }],
    ["it counts a reseller with only adjustments", [entry(A), onlyAdjustments], { seconds: 60 }],
    ["it is of version 1, and counts too many resellers", [entry(A), ofVersion1], { resellers: 3 }],
    ["a reseller is in it twice", [entry(A), entry(A)], {}],
    ["its resellers are out of order", [entry(B), entry(A)], {}],
    ["a key is another reseller's", [entry(A), entry(B, { key: statementKey(APRIL, 1, A, HASH) })], {}],
    [
      "a key is another month's",
      [entry(A, { key: statementKey(month("2026-05"), 1, A, HASH) }), entry(B)],
      {},
    ],
  ])("if %s", async (__, resellers, totals) => {
    await expect(read(resellers, totals)).rejects.toMatchObject({
      code: "snapshot_damaged",
      message:
        "The manifest of 2026-04, revision 1, contradicts itself: its entries do not match its totals, or have wrong keys.",
    });
  });
});

describe("the months that have objects", () => {
  test("are the oldest first, and no other folder is one", async () => {
    const keys = [
      "minutes-by-organization/period=2026-05/revision=0001/manifest.json",
      "minutes-by-organization/period=2026-04/revision=0001/resellers/x.json",
      "minutes-by-organization/2026-03/x.json",
      "minutes-by-organization/old-period=2026-02/x.json",
      "minutes-by-organization/period=2026-13/x.json",
      "minutes-by-organization/latest/x.json",
    ];
    const { store } = storeOf(keys.map((key) => [key, Buffer.of()]));
    const reversed = { ...store, list: async (prefix: string) => (await store.list(prefix)).toReversed() };
    expect(await listedMonths(reversed)).toEqual(["2026-04", "2026-05"]);
  });
});

describe("a statement", () => {
  const statement = { organizations: [usageOf(RESELLER, "b9", { "7d": 60 })], adjustments: [] };
  const bytes = statementBytes(statement, periodOf(APRIL));
  const hash = sha256(bytes);
  const entry = {
    reseller_id: RESELLER,
    key: statementKey(APRIL, 1, RESELLER, hash),
    sha256: hash,
    bytes: bytes.byteLength,
    seconds: 60,
    figures_sha256: figuresHash(statement.organizations),
  };

  test.each([
    ["another reseller", { reseller_id: uuid("52") }],
    ["other seconds", { seconds: 61 }],
    ["other figures", { figures_sha256: sha256(Buffer.of()) }],
  ])("under an entry of %s is damaged, although its hash is right", async (_, wrong) => {
    const { store } = storeOf([[entry.key, bytes]]);
    await expect(readStatement(store, { ...entry, ...wrong })).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: expect.stringContaining("does not match its entry in the manifest"),
    });
  });

  test("of another month than its key's is damaged", async () => {
    const key = statementKey(month("2026-05"), 1, RESELLER, hash);
    await expect(readStatement(storeOf([[key, bytes]]).store, { ...entry, key })).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: "A stored statement does not belong to 2026-05, although its key says so.",
    });
  });

  test("is read by the key that the manifest names, and by no other", async () => {
    const { store, read } = storeOf([[entry.key, bytes]]);
    expect(await readStatement(store, entry)).toEqual(statement);
    expect(read).toEqual([entry.key]);
  });

  test.each<[string, Uint8Array | undefined, string]>([
    ["missing", undefined, "is missing."],
    ["empty", Buffer.of(), "does not match its recorded hash."],
    ["one byte longer", Buffer.concat([bytes, Buffer.from(" ")]), "does not match its recorded hash."],
  ])("that is %s is damaged; the error names its hash, but no reseller", async (_, found, problem) => {
    const { store } = storeOf(found === undefined ? [] : [[entry.key, found]]);
    await expect(readStatement(store, entry)).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: `minutes-by-organization/period=2026-04/revision=0001/resellers/….${hash.slice(0, 16)}.json ${problem}`,
    });
  });
});
