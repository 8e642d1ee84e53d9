import { beforeEach, describe, expect, test } from "vitest";
import { type Expectations, verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { type Bill, billBytes, billKey, parseBill } from "../../../lib/billing/bills/bill.ts";
import { type Manifest, manifestBytes, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { type BillsWorld, billsWorld } from "../../lib/billing/bills-world.ts";
import { memoryBucket } from "../../lib/billing/memory-store.ts";
import { month } from "../../lib/billing/valid.ts";
import { collect, uuid } from "../../lib/valid.ts";

const [JANUARY, FEBRUARY, MARCH] = [month("2026-01"), month("2026-02"), month("2026-03")];

let world: BillsWorld;

/** An opening, two months, a correction that the second bill names, and one that waits. */
beforeEach(async () => {
  world = billsWorld(FEBRUARY);
  await world.revise(JANUARY, { a1: 30 });
  await world.revise(FEBRUARY, { a1: 100, a2: 10 });
  await world.run("months", {});
  await world.revise(FEBRUARY, { a1: 40, a2: 10, a3: 5 });
  await world.revise(MARCH, { a1: 7 });
  await world.run("months", {});
  await world.revise(MARCH, { a2: 7 });
});

async function findings(expectations: Expectations = { from: FEBRUARY }): Promise<string[]> {
  const verdicts = await collect(verifyBucket(memoryBucket(world.objects), expectations));
  return verdicts.flatMap(({ subject, findings: found }) => found.map((finding) => `${subject}: ${finding}`));
}

function objectAt(key: string): Buffer {
  const bytes = world.objects.get(key);
  if (bytes === undefined) throw new Error(`no ${key}`);
  return Buffer.from(bytes);
}

function statementKeyOf(of: string, revision: number, reseller: string): string {
  const entry = manifestOf(of, revision).resellers.find(({ reseller_id }) => reseller_id === uuid(reseller));
  if (entry === undefined) throw new Error(`no statement of ${reseller}`);
  return entry.key;
}

function manifestOf(of: string, revision: number): Manifest {
  return parseManifest(objectAt(manifestKey(month(of), revision)));
}

function changeManifest(of: string, revision: number, change: (manifest: Manifest) => Manifest): void {
  const key = manifestKey(month(of), revision);
  world.objects.set(key, manifestBytes(change(manifestOf(of, revision))));
}

function changeBill(number: number, change: (bill: Bill) => Bill): void {
  world.objects.set(billKey(number), billBytes(change(parseBill(objectAt(billKey(number))))));
}

/** Replaces text in a statement, and updates its hash in its manifest and bill. */
function forgeStatement(of: string, revision: number, reseller: string, from: string, to: string): void {
  const old = statementKeyOf(of, revision, reseller);
  const forged = Buffer.from(objectAt(old).toString().replaceAll(from, to));
  const hash = sha256(forged);
  const key = old.replace(/\.[0-9a-f]{16}\.json$/, `.${hash.slice(0, 16)}.json`);
  world.objects.set(key, forged);
  changeManifest(of, revision, (manifest) => ({
    ...manifest,
    resellers: manifest.resellers.map((entry) =>
      entry.key === old ? { ...entry, key, sha256: hash, bytes: forged.byteLength } : entry,
    ),
  }));
}

describe("a bucket as the service wrote it", () => {
  test("has no finding, and gives a line for each month and bill", async () => {
    const verdicts = await collect(verifyBucket(memoryBucket(world.objects), { from: FEBRUARY }));
    expect(verdicts.flatMap((verdict) => verdict.findings)).toEqual([]);
    expect(
      verdicts.map(({ subject, summary }) => `${subject}: ${summary.replace(/, sha256 .*/, "")}`),
    ).toEqual([
      "2026-01: revision 1, as of 2026-02-04T01:00:00Z, 30 s, billed",
      "2026-02: revision 2, as of 2026-03-04T02:00:00Z, 55 s, billed",
      "2026-03: revision 2, as of 2026-04-04T02:00:00Z, 7 s, billed up to revision 1; the rest waits for the next bill (0 s)",
      "bill 1: opening, 1 revision, 30 s (0.5 min)",
      "bill 2: 2026-02, 1 revision, 110 s (1.83 min)",
      "bill 3: 2026-03, 2 revisions, -48 s (-0.8 min)",
      expect.stringMatching(/^bucket: \d+ objects, all bills 92 s$/),
    ]);
  });

  test("has the bill that an auditor has seen", async () => {
    const head = { number: 3, sha256: sha256(objectAt(billKey(3))) };
    expect(await findings({ from: FEBRUARY, head })).toEqual([]);
    expect(await findings({ head: { ...head, sha256: "0".repeat(64) } })).toEqual([
      "bucket: bill 3 does not match the hash of --head",
    ]);
  });

  test("may contain objects of a run that was interrupted before its manifest", async () => {
    const key = statementKeyOf("2026-03", 2, "a2").replace("revision=0002", "revision=0003");
    world.objects.set(key, Buffer.from("{}"));
    expect(await findings()).toEqual([]);
  });
});

describe("verify finds", () => {
  test.each<[string, () => void, string]>([
    [
      "a changed byte in a statement",
      () => {
        const key = statementKeyOf("2026-02", 1, "a2");
        const bytes = objectAt(key);
        bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
        world.objects.set(key, bytes);
      },
      `2026-02: revision 1: the statement of reseller ${uuid("a2")} does not match its hash`,
    ],
    [
      "a missing statement",
      () => void world.objects.delete(statementKeyOf("2026-02", 1, "a2")),
      `2026-02: revision 1: the statement of reseller ${uuid("a2")} is missing`,
    ],
    [
      "a statement of another reseller under the right hash",
      () => forgeStatement("2026-03", 2, "a2", uuid("a2"), uuid("a3")),
      `2026-03: revision 2: the statement of reseller ${uuid("a2")} has rows of another reseller`,
    ],
    [
      "a forged figure under the right hash",
      () => forgeStatement("2026-03", 2, "a2", '"voice_seconds":7', '"voice_seconds":8'),
      `2026-03: revision 2: organization ${uuid("0a")} of reseller ${uuid("a2")} is not the sum of its agents`,
    ],
    [
      "a forged adjustment under the right hash",
      () => forgeStatement("2026-03", 2, "a1", '"seconds_before":7', '"seconds_before":6'),
      `2026-03: revision 2: reseller ${uuid("a1")}, ${uuid("0a")} ${uuid("0b")}: adjusts 6 to 0 s, expected 7 to 0 s`,
    ],
    [
      "an adjustment that is left out",
      () => changeManifest("2026-03", 2, dropReseller("a1")),
      `2026-03: revision 2: reseller ${uuid("a1")} is in the previous revision and has no statement`,
    ],
    [
      "a forged total of a manifest",
      () =>
        changeManifest("2026-03", 2, (manifest) => ({
          ...manifest,
          totals: { ...manifest.totals, seconds: 8 },
        })),
      "2026-03: revision 2: totals.seconds is 8, but its statements add up to 7",
    ],
    [
      "a revision that supersedes another one than that before it",
      () =>
        changeManifest("2026-03", 2, (manifest) => ({
          ...manifest,
          supersedes: { revision: 1, sha256: "0".repeat(64) },
        })),
      "2026-03: revision 2: supersedes does not match the manifest of the previous revision",
    ],
    [
      "a manifest that is not valid",
      () => void world.objects.set(manifestKey(MARCH, 2), Buffer.from("{")),
      "2026-03: revision 2: the manifest is not valid",
    ],
    [
      "a revision that is missing",
      () => void world.objects.delete(manifestKey(FEBRUARY, 1)),
      "2026-02: revision 1 is missing",
    ],
    [
      "a manifest that was replaced after it was billed",
      () =>
        changeManifest("2026-02", 2, (manifest) => ({
          ...manifest,
          allowed_missing_days: [],
          as_of: manifestOf("2026-03", 1).as_of,
        })),
      "bill 3: adjustments of 2026-02, revision 2: the hash does not match the manifest",
    ],
    [
      "a forged total of a bill",
      () =>
        changeBill(3, (bill) => ({
          ...bill,
          totals: { ...bill.totals, usage_seconds: bill.totals.seconds },
        })),
      "bill 3: totals.usage_seconds is -48, but its sources add up to 7",
    ],
    [
      "a bill that was replaced",
      () => changeBill(2, (bill) => ({ ...bill, left_out: [{ period: MARCH, revision: 1 }] })),
      "bill 3: previous does not match the previous bill",
    ],
    ["a removed bill", () => void world.objects.delete(billKey(2)), "bill 2: it is missing"],
    [
      "a removed last bill, where its month is due",
      () => void world.objects.delete(billKey(3)),
      "2026-03: the month is closed, but no bill contains it",
    ],
    [
      "an adjustment that is billed twice",
      () => changeBill(3, (bill) => ({ ...bill, sources: [...bill.sources, ...bill.sources.slice(1)] })),
      "bill 3: adjustments of 2026-02, revision 2: expected revision 3",
    ],
    [
      "a month that is billed twice",
      () =>
        changeBill(3, (bill) => ({
          ...bill,
          sources: [...bill.sources, { period: JANUARY, revision: 1, sha256: "0".repeat(64), kind: "usage" }],
        })),
      "bill 3: usage of 2026-01, revision 1: the month is billed a second time",
    ],
    [
      "an object that the service does not write",
      () => void world.objects.set("bills/notes.txt", Buffer.from("")),
      "bucket: bills/notes.txt is not an object of this service",
    ],
  ])("%s", async (_, damage, expected) => {
    damage();
    expect(await findings()).toContain(expected);
  });

  test("a removed last bill that an auditor has seen", async () => {
    const head = { number: 3, sha256: sha256(objectAt(billKey(3))) };
    world.objects.delete(billKey(3));
    expect(await findings({ head })).toEqual(["bucket: bill 3 of --head is missing"]);
  });

  test("a delete marker and a second version of a key", async () => {
    const bucket = memoryBucket(world.objects);
    const [key = ""] = world.objects.keys();
    const versions = async function* listed() {
      yield* bucket.versions();
      yield { key, isDeleteMarker: false };
      yield { key: billKey(4), isDeleteMarker: true };
    };
    const verdicts = await collect(verifyBucket({ ...bucket, versions }));
    expect(verdicts.at(-1)?.findings).toEqual([`${billKey(4)} has a delete marker`, `${key} has 2 versions`]);
  });
});

function dropReseller(reseller: string): (manifest: Manifest) => Manifest {
  return (manifest) => ({
    ...manifest,
    resellers: manifest.resellers.filter(({ reseller_id }) => reseller_id !== uuid(reseller)),
  });
}

test("a statement that cannot be read is no finding in each of its lines in the next revision", async () => {
  world.objects.delete(statementKeyOf("2026-02", 1, "a1"));
  const found = (await findings()).filter((finding) => finding.startsWith("2026-02: revision 2"));
  expect(found).toEqual([]);
  expect(await findings()).toContainEqual(expect.stringContaining("is missing"));
});
