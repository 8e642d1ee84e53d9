import { beforeEach, describe, expect, test } from "vitest";
import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { listBills } from "../../../lib/billing/bills/bill-list.ts";
import { restoreHeads } from "../../../lib/billing/heads.ts";
import { manifestBytes, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { readTotals, writeTotals } from "../../../lib/billing/reseller-totals.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { uuid } from "../valid.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { countedStore } from "./counted-store.ts";
import { memoryBucket } from "./memory-store.ts";
import { month } from "./valid.ts";

const APRIL = month("2026-04");
const MAY = month("2026-05");
const [A, B] = [uuid("a1"), uuid("a2")];

let world: BillsWorld;
beforeEach(async () => {
  world = billsWorld(APRIL);
  await world.revise(APRIL, { a1: 600, a2: 60 });
  await world.run("months", {});
  await world.revise(APRIL, { a1: 540, a2: 60 });
  await world.revise(MAY, { a1: 120, a2: 30 });
  await world.run("months", {});
  await world.revise(MAY, { a1: 121, a2: 30 });
  await restoreHeads(world.store, () => true);
});

/** `bill: seconds` of each bill and `month revision: seconds` of what waits, with the manifests that were read for it. */
async function listed(...callers: Parameters<typeof listBills>[1]) {
  const { store, cost } = countedStore(world.store);
  const { bills, pending, damaged } = await listBills(store, callers);
  return {
    bills: bills.map(({ totals }) => totals?.all),
    pending: pending.map(({ period, revision, seconds }) => `${period} ${revision}: ${seconds}`),
    damaged,
    manifests: cost.calls.filter((call) => call.endsWith("manifest.json")).length,
  };
}

const OF_A = { bills: [600, 60], pending: ["2026-05 2: 1"], damaged: [] };

function keysOf(part: string): string[] {
  return [...world.objects.keys()].filter((key) => key.startsWith("totals/") && key.includes(part));
}

/** The manifest's bytes as an earlier release wrote them. */
function withoutLineCounts(key: string): Buffer {
  const manifest = parseManifest(world.objects.get(key) ?? Buffer.of());
  const resellers = manifest.resellers.map((entry) => {
    const { usage_lines, adjustment_lines, ...earlier } = entry;
    expect([usage_lines, adjustment_lines]).toEqual([expect.any(Number), expect.any(Number)]);
    return earlier;
  });
  return manifestBytes({ ...manifest, resellers });
}

async function findings(): Promise<string[]> {
  const all = [];
  for await (const verdict of verifyBucket(memoryBucket(world.objects))) all.push(...verdict.findings);
  return all;
}

describe("totals of resellers as keys", () => {
  test("give the list of bills without any manifest, for one reseller and for several", async () => {
    expect(await listed(A)).toEqual({ ...OF_A, manifests: 0 });
    expect(await listed(B)).toEqual({ bills: [60, 30], pending: [], damaged: [], manifests: 0 });
    expect(await listed(A, B)).toEqual({ ...OF_A, bills: [660, 90], manifests: 0 });
    expect(await findings()).toEqual([]);
  });

  test("that are not complete are not used: the manifests are read", async () => {
    for (const key of keysOf("complete/2026-04.1")) world.objects.delete(key);
    const { manifests, ...list } = await listed(A);
    expect(list).toEqual(OF_A);
    expect(manifests).toBeGreaterThan(0);
  });

  test("of which one was removed are not taken for a reseller without usage", async () => {
    for (const key of keysOf(`${A}/`)) world.objects.delete(key);
    const { manifests, ...list } = await listed(A);
    expect(list).toEqual(OF_A);
    expect(manifests).toBeGreaterThan(0);
    expect(await findings()).toEqual(
      keysOf("complete/").map(() => expect.stringMatching(/^totals\/.* is missing$/)),
    );
  });

  test("of another manifest under the same revision do not count", async () => {
    for (const key of [...keysOf("2026-04.1."), ...keysOf("complete/2026-04.1.")]) {
      const bytes = world.objects.get(key);
      world.objects.delete(key);
      world.objects.set(key.replace(/\.[0-9a-f]{16}/, `.${"0".repeat(16)}`), bytes ?? Buffer.of());
    }
    const { manifests, ...list } = await listed(A);
    expect(list).toEqual(OF_A);
    expect(manifests).toBeGreaterThan(0);
    expect((await findings()).join()).toContain("belongs to no manifest");
  });

  test("of a revision that two markers name are not used for a reseller with lines of 0 seconds either", async () => {
    world = billsWorld(APRIL);
    await world.revise(APRIL, { a1: 0 });
    await world.run("months", {});
    await restoreHeads(world.store, () => true);
    world.objects.set(`totals/complete/2026-04.1.${"0".repeat(16)}`, Buffer.of());
    const { bills } = await listBills(world.store, [A]);
    expect(bills.map(({ totals }) => totals?.usageLines)).toEqual([1]);
  });

  test("of a revision that two markers name are not used", async () => {
    world.objects.set(`totals/complete/2026-04.1.${"0".repeat(16)}`, Buffer.of());
    const { manifests, ...list } = await listed(A);
    expect(list).toEqual(OF_A);
    expect(manifests).toBeGreaterThan(0);
  });

  test.each(["x", "-1", "1e3", "", "9007199254740992"])(
    "with %j for seconds are ignored",
    async (seconds) => {
      const [key = ""] = keysOf(`${A}/2026-04.1.`);
      world.objects.delete(key);
      world.objects.set(key.replace(/\.600\.0\.0$/, `.${seconds}.0.0`), Buffer.of());
      const { manifests, ...list } = await listed(A);
      expect(list).toEqual(OF_A);
      expect(manifests).toBeGreaterThan(0);
    },
  );

  test("are a finding of the check where a figure is forged", async () => {
    const [key = ""] = keysOf(`${A}/2026-04.1.`);
    world.objects.delete(key);
    world.objects.set(key.replace(/\.600\.0\.0$/, ".6000.0.0"), Buffer.of());
    expect((await findings()).join()).toContain("does not match its entry in the manifest");
  });

  test("show what was billed while a manifest is damaged; without them, the bill has no totals and the rest is shown", async () => {
    world.damage(MAY);
    expect(await listed(A)).toEqual({ ...OF_A, manifests: 0 });
    for (const key of keysOf("2026-05.")) world.objects.delete(key);
    expect(await listed(A)).toMatchObject({ bills: [600, 60], pending: [] });
    const first = manifestKey(MAY, 1);
    world.objects.set(first, Buffer.from("{}"));
    expect(await listed(A)).toMatchObject({ bills: [600, undefined], pending: [] });
  });

  test("are restored for manifests of an earlier release, which do not count lines, from the statements", async () => {
    for (const key of keysOf("2026-05.2")) world.objects.delete(key);
    const key = manifestKey(MAY, 2);
    const bytes = withoutLineCounts(key);
    world.objects.set(key, bytes);
    await restoreHeads(world.store, () => true);
    expect(keysOf(`${A}/2026-05.2`)).toEqual([
      `totals/${A}/2026-05.2.${sha256(bytes).slice(0, 16)}.1.121.1.1`,
    ]);
    expect(await listed(A)).toEqual({ ...OF_A, manifests: 0 });
  });

  test("are not written for a revision with a damaged statement, and other revisions get theirs", async () => {
    for (const key of keysOf("")) world.objects.delete(key);
    const april = manifestKey(APRIL, 1);
    world.objects.set(april, withoutLineCounts(april));
    const [entry] = parseManifest(world.objects.get(april) ?? Buffer.of()).resellers;
    world.objects.set(entry?.key ?? "", Buffer.from("{}"));
    await restoreHeads(world.store, () => true);
    expect(keysOf("complete/").map((key) => key.split(".").at(0)?.slice(-7))).toEqual(
      expect.arrayContaining(["2026-05"]),
    );
    expect(keysOf("complete/2026-04.1")).toEqual([]);
  });
});

describe("the list of bills", () => {
  test("names a month whose pending adjustments cannot be read, and lists the bills and the other months", async () => {
    await world.revise(APRIL, { a1: 541, a2: 60 });
    // Without keys of its totals, the revision is read from its manifest, whose statement is damaged.
    for (const key of keysOf("2026-05.2")) world.objects.delete(key);
    const [entry] = parseManifest(world.objects.get(manifestKey(MAY, 2)) ?? Buffer.of()).resellers;
    world.objects.set(entry?.key ?? "", Buffer.from("{}"));
    expect(await listed(A)).toMatchObject({ bills: [600, 60], damaged: [MAY], pending: ["2026-04 3: 1"] });
  });

  test("has what waits for a bill by month, in whatever order the months were billed", async () => {
    world = billsWorld(APRIL);
    for (const of of [MAY, APRIL]) {
      await world.revise(of, { a1: 5 });
      await world.run("months", {});
    }
    for (const of of [MAY, APRIL]) await world.revise(of, { a1: 6 });
    expect((await listed(A)).pending).toEqual(["2026-04 2: 1", "2026-05 2: 1"]);
  });

  test("has each revision that waits, from the keys, and none for a caller without adjustments", async () => {
    await world.revise(MAY, { a1: 125, a2: 30 });
    await restoreHeads(world.store, () => true);
    expect(await listed(A)).toMatchObject({ pending: ["2026-05 2: 1", "2026-05 3: 4"], manifests: 0 });
    for (const key of keysOf("2026-05.")) world.objects.delete(key);
    expect((await listed(A)).pending).toEqual(["2026-05 2: 1", "2026-05 3: 4"]);
    expect((await listed(B)).pending).toEqual([]);
  });

  test("has nothing that waits after a missing revision, because its sum is unknown", async () => {
    await world.revise(MAY, { a1: 125, a2: 30 });
    await restoreHeads(world.store, () => true);
    for (const key of world.objects.keys())
      if (key.includes("period=2026-05/revision=0002/")) world.objects.delete(key);
    expect((await listed(A)).pending).toEqual([]);
  });

  test("counts the lines of its totals, also of several resellers", async () => {
    const { bills, pending } = await listBills(world.store, [A, B]);
    expect(bills.map(({ totals }) => [totals?.usageLines, totals?.adjustmentLines])).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(pending.map(({ lines }) => lines)).toEqual([1]);
  });
});

describe("a key of totals", () => {
  test.each([
    ["has text before it", (key: string) => key.replace("complete/", "complete/x")],
    ["has text after it", (key: string) => `${key}0`],
  ])("that marks a revision as complete, and %s, does not count", async (_, change) => {
    const [key = ""] = keysOf("complete/2026-04.1.");
    world.objects.delete(key);
    world.objects.set(change(key), Buffer.of());
    expect((await listed(A)).manifests).toBeGreaterThan(0);
  });

  test("may be of a revision with more than one digit", async () => {
    const name = `2026-04.12.${"0".repeat(16)}`;
    world.objects.set(`totals/complete/${name}`, Buffer.of());
    world.objects.set(`totals/${A}/${name}.1.600.2.-60`, Buffer.of());
    const totalsOf = await readTotals(world.store, [A]);
    expect(totalsOf(APRIL, 12)).toEqual({ usageLines: 1, usage: 600, adjustmentLines: 2, adjustments: -60 });
    expect(totalsOf(APRIL, 12, "0".repeat(64))).toBeDefined();
    expect(totalsOf(APRIL, 12, "1".repeat(64))).toBeUndefined();
    expect(totalsOf(APRIL, 13)).toBeUndefined();
  });

  test("is written from the manifest's entries, without reading a statement that they count", async () => {
    const { store, cost } = countedStore(world.store);
    const revision = world.newest.get(MAY);
    if (revision === undefined) throw new Error("not closed");
    await writeTotals({ ...store, create: world.store.create }, revision);
    expect(cost.calls).toEqual([]);
  });

  test.each(["usage_lines", "adjustment_lines", "adjusted_seconds"])(
    "is written from the statement where the entry has no %s",
    async (member) => {
      for (const key of keysOf("2026-05.2")) world.objects.delete(key);
      const revision = world.newest.get(MAY);
      if (revision === undefined) throw new Error("not closed");
      const resellers = revision.manifest.resellers.map((entry) => ({ ...entry, [member]: undefined }));
      await writeTotals(world.store, { ...revision, manifest: { ...revision.manifest, resellers } });
      expect(keysOf(`${A}/2026-05.2`)).toEqual([
        `totals/${A}/2026-05.2.${revision.sha256.slice(0, 16)}.1.121.1.1`,
      ]);
    },
  );
});
