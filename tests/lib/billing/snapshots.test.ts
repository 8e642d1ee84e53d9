import { describe, expect, test } from "vitest";
import { type Manifest, manifestBytes, manifestKey, statementKey } from "../../../lib/billing/manifest.ts";
import { periodOf } from "../../../lib/billing/month.ts";
import {
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
    expect(await numberOf([...written(["2026-04", 1]), ...strays])).toBe(1);
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
