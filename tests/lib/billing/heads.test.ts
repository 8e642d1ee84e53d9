import { beforeEach, describe, expect, test } from "vitest";
import { listMonths, restoreHeads, writeHead } from "../../../lib/billing/heads.ts";
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
});
