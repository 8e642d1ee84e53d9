import { beforeEach, describe, expect, test } from "vitest";
import { listMonths, restoreHeads, writeHead } from "../../../lib/billing/heads.ts";
import { manifestKey } from "../../../lib/billing/manifest.ts";
import { monthAfter } from "../../../lib/billing/month.ts";
import type { ReadableStore } from "../../../lib/billing/snapshots.ts";
import { uuid } from "../valid.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { month } from "./valid.ts";

const [MARCH, APRIL] = [month("2026-03"), month("2026-04")];
const [A, B, C] = [uuid("a1"), uuid("a2"), uuid("a3")];
const ALWAYS = () => true;

let world: BillsWorld;
beforeEach(async () => {
  world = billsWorld(MARCH);
  await world.revise(MARCH, { a1: 60, a2: 5 });
  await world.revise(APRIL, { a1: 60, a2: 5 });
  await world.revise(APRIL, { a1: 61, a2: 5 });
});

/** `month: revision changed, …` of each listed month. */
async function listed(...resellers: Parameters<typeof listMonths>[1]): Promise<string[]> {
  const { months } = await listMonths(world.store, resellers);
  return months.map(
    ({ period, revisions }) =>
      `${period}: ${revisions.map(({ revision, changed }) => `${revision} ${changed}`).join(", ")}`,
  );
}

describe("the list of months", () => {
  test("contains every revision, and says which changed a figure of the caller", async () => {
    await restoreHeads(world.store, ALWAYS);
    expect(await listed(A)).toEqual(["2026-04: 2 true, 1 true", "2026-03: 1 true"]);
    expect(await listed(B)).toEqual(["2026-04: 2 false, 1 true", "2026-03: 1 true"]);
    expect(await listed(C)).toEqual(["2026-04: 2 false, 1 false", "2026-03: 1 false"]);
    expect(await listed(B, A)).toEqual(await listed(A));
  });

  test("reads no object for any number of months, and makes its calls at the same time", async () => {
    let of = month("2019-01");
    for (let count = 0; count < 60; count += 1) {
      await world.revise(of, { a1: count + 1 });
      of = monthAfter(of);
    }
    await restoreHeads(world.store, ALWAYS);
    const calls: string[] = [];
    let depth = 0;
    let deepest = 0;
    const counted = <Arguments extends unknown[], Result>(
      name: string,
      call: (...given: Arguments) => Promise<Result>,
    ) => {
      return async (...given: Arguments): Promise<Result> => {
        calls.push(name);
        depth += 1;
        deepest = Math.max(deepest, depth);
        await new Promise(setImmediate);
        depth -= 1;
        return call(...given);
      };
    };
    const { list, keys, get } = world.store;
    const store: ReadableStore = {
      list: counted("list", list),
      keys: counted("keys", keys),
      get: counted("get", get),
    };
    expect((await listMonths(store, [A])).months).toHaveLength(62);
    expect(calls.toSorted()).toEqual(["keys", "keys", "list"]);
    expect(deepest).toBe(3);
  });

  test("shows a month without a head from its manifest, until a run has restored the head", async () => {
    expect(await listed(A)).toEqual(["2026-04: 2 true", "2026-03: 1 true"]);
    await restoreHeads(world.store, ALWAYS);
    expect(await listed(A)).toEqual(["2026-04: 2 true, 1 true", "2026-03: 1 true"]);
  });

  test("has the latest month first, with or without heads", async () => {
    const MAY = month("2026-05");
    await world.revise(MAY, { a1: 1 });
    for (const of of [MAY, MARCH]) {
      const revision = world.newest.get(of);
      if (revision !== undefined) await writeHead(world.store, revision);
    }
    expect((await listed(A)).map((line) => line.slice(0, 10))).toEqual([
      "2026-05: 1",
      "2026-04: 2",
      "2026-03: 1",
    ]);
  });

  test("names a damaged month and shows the others", async () => {
    world.damage(APRIL);
    const { months, damaged } = await listMonths(world.store, [A]);
    expect(months.map(({ period }) => period)).toEqual([MARCH]);
    expect(damaged).toEqual([APRIL]);
  });

  test("leaves out a month of which an interrupted run has left only statements", async () => {
    world.objects.set("minutes-by-organization/period=2026-05/revision=0001/resellers/x.json", Buffer.of());
    expect((await listMonths(world.store, [A])).months).toHaveLength(2);
  });
});

describe("a head", () => {
  test("is a key with the month, the revision, its instant and the start of the manifest's hash", async () => {
    const newest = world.newest.get(APRIL);
    if (newest === undefined) throw new Error("not closed");
    world.objects.clear();
    await writeHead(world.store, { ...newest, sha256: "0123456789abcdef".repeat(4) });
    // The world revises a month 2 hours after the end of its grace.
    expect([...world.objects.keys()]).toEqual(["heads/2026-04.2.2026-05-04T02:00:00Z.0123456789abcdef"]);
  });

  test.each([
    "latest",
    "2026-13.1.2026-05-04T02:00:00Z.0",
    "2026-05.0.2026-05-04T02:00:00Z.0",
    "2026-05.x1.2026-05-04T02:00:00Z.0",
    "2026-05.1x.2026-05-04T02:00:00Z.0",
    "2026-05.1.yesterday.0",
    "2026-05",
    "2026-05.1",
  ])("is not %s", async (key) => {
    world.objects.set(`heads/${key}`, Buffer.of());
    expect((await listMonths(world.store, [A])).months).toHaveLength(2);
  });

  test("may have a revision of several digits", async () => {
    world.objects.set("heads/2026-05.120.2026-06-04T02:00:00Z.0", Buffer.of());
    expect((await listed(A))[0]).toBe("2026-05: 120 false");
  });
});

describe("restoring heads", () => {
  test("puts what the closing would have put, also for a bucket from before there were heads", async () => {
    await restoreHeads(world.store, ALWAYS);
    const markers = () => [...world.objects.keys()].filter((key) => /^(heads|changed)\//.test(key)).sort();
    const complete = markers();
    for (const key of complete) world.objects.delete(key);
    await restoreHeads(world.store, ALWAYS);
    expect(markers()).toEqual(complete);
    const newest = world.newest.get(APRIL);
    if (newest === undefined) throw new Error("not closed");
    world.objects.clear();
    await writeHead(world.store, newest);
    expect(complete).toContain(markers()[0]);
  });

  test("skips a damaged revision, and stops if the run has no time left", async () => {
    world.damage(APRIL);
    await restoreHeads(world.store, () => false);
    expect([...world.objects.keys()].filter((key) => key.startsWith("heads/"))).toEqual([]);
    await restoreHeads(world.store, ALWAYS);
    const heads = [...world.objects.keys()].filter((key) => key.startsWith("heads/"));
    expect(heads.map((key) => key.slice(0, 15))).toEqual(["heads/2026-03.1", "heads/2026-04.1"]);
  });

  test("skips a revision that has no manifest", async () => {
    world.objects.set("minutes-by-organization/period=2026-04/revision=0003/resellers/x.json", Buffer.of());
    await restoreHeads(world.store, ALWAYS);
    expect(await listed(A)).toEqual(["2026-04: 2 true, 1 true", "2026-03: 1 true"]);
  });

  /** Restores; @returns the beginnings of the keys that were created again, and of the manifests that were read */
  async function restored(): Promise<string[]> {
    const calls: string[] = [];
    await restoreHeads(
      {
        ...world.store,
        get: (key) => {
          calls.push(`read ${key.slice(24, 53)}`);
          return world.store.get(key);
        },
        create: (key, bytes) => {
          calls.push(`create ${key.split("/")[0]}`);
          return world.store.create(key, bytes);
        },
      },
      ALWAYS,
    );
    return calls;
  }

  test("reads and writes nothing if nothing is missing", async () => {
    await restoreHeads(world.store, ALWAYS);
    expect(await restored()).toEqual([]);
  });

  test("writes no totals where only a head is missing, and no head where only totals are", async () => {
    await restoreHeads(world.store, ALWAYS);
    const remove = (beginning: string) => {
      for (const key of world.objects.keys()) if (key.startsWith(beginning)) world.objects.delete(key);
    };
    remove("heads/2026-03.1");
    expect(await restored()).toEqual([
      "read period=2026-03/revision=0001/",
      "create changed",
      "create changed",
      "create heads",
    ]);
    remove("totals/complete/2026-03.1");
    expect(await restored()).toEqual([
      "read period=2026-03/revision=0001/",
      "create totals",
      "create totals",
      "create totals",
    ]);
  });

  test("compares a revision with the one before it, also where that one has its head", async () => {
    await restoreHeads(world.store, ALWAYS);
    const isOfSecond = (key: string) =>
      key.startsWith("heads/2026-04.2") || /^changed\/.*\/2026-04\.2$/.test(key);
    const removed = [...world.objects.keys()].filter(isOfSecond);
    expect(removed).toEqual([`changed/${A}/2026-04.2`, expect.stringMatching(/^heads\/2026-04\.2\./)]);
    for (const key of removed) world.objects.delete(key);
    await restoreHeads(world.store, ALWAYS);
    expect([...world.objects.keys()].filter(isOfSecond).sort()).toEqual(removed.sort());
  });

  test.each<[string, (key: string) => unknown]>([
    ["damaged", (key) => world.objects.set(key, Buffer.from("{}"))],
    ["missing", (key) => world.objects.delete(key)],
  ])("takes all figures of a revision as changed if the one before it is %s", async (_, damage) => {
    damage(manifestKey(APRIL, 1));
    for (const key of world.objects.keys()) if (key.startsWith("changed/")) world.objects.delete(key);
    await restoreHeads(world.store, ALWAYS);
    expect(world.objects.has(`changed/${B}/2026-04.2`)).toBe(true);
  });
});
