/** What the lists of months and of bills read from a bucket of 60 months and 10,000 resellers. */
import { beforeAll, describe, expect, test } from "vitest";
import { listBills } from "../../../lib/billing/bills/bill-list.ts";
import { listMonths, restoreHeads } from "../../../lib/billing/heads.ts";
import { type Month, monthAfter } from "../../../lib/billing/month.ts";
import { completeTotals } from "../../../lib/billing/reseller-totals.ts";
import { uuid } from "../valid.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { countedStore } from "./counted-store.ts";
import { memoryStore } from "./memory-store.ts";
import { month } from "./valid.ts";

const FIRST = month("2019-01");
const MONTHS = 60;
const [OWN, OTHER] = [uuid("a1"), uuid("a2")];
const MEGABYTE = 1_000_000;

/** The manifest of 10,000 resellers. The other objects of a reseller do not depend on how many there are. */
const MANIFEST_BYTES = 3_700_000;
const sizeOf = (key: string) => (key.endsWith("/manifest.json") ? MANIFEST_BYTES : undefined);

let world: BillsWorld;
beforeAll(async () => {
  world = billsWorld(FIRST);
  let of: Month = FIRST;
  const all: Month[] = [];
  for (let index = 0; index < MONTHS; index += 1) {
    await world.revise(of, { a1: 3_600 + index, a2: 60 });
    await world.run("months", {});
    // Each month is corrected after it was billed.
    await world.revise(of, { a1: 3_601 + index, a2: 60 });
    all.push(of);
    of = monthAfter(of);
  }
  const last = all.at(-1) ?? FIRST;
  await world.revise(last, { a1: 7_200, a2: 60 });
  await restoreHeads(world.store, () => true);
}, 120_000);

describe("with 60 months of 10,000 resellers", () => {
  test("the list of months reads no object: at most 3 calls one after another, and under 1 MB", async () => {
    const { store, cost } = countedStore(world.store, sizeOf);
    const { months } = await listMonths(store, [OWN]);
    expect(months).toHaveLength(MONTHS);
    expect(months.flatMap(({ revisions }) => revisions)).toHaveLength(2 * MONTHS + 1);
    expect(cost.calls.toSorted()).toEqual([
      `keys changed/${OWN}/`,
      "keys heads/",
      "list minutes-by-organization/",
    ]);
    expect(cost.rounds).toBeLessThanOrEqual(3);
    expect(cost.bytes).toBeLessThan(MEGABYTE);
  });

  test("the list of bills reads bills and keys alone: at most 3 calls one after another, and under 1 MB", async () => {
    const { store, cost } = countedStore(world.store, sizeOf);
    const { bills, pending } = await listBills(store, [OWN]);
    expect(bills).toHaveLength(MONTHS);
    expect(bills.every(({ totals }) => totals !== undefined)).toBe(true);
    expect(pending.map(({ revision, seconds }) => [revision, Number(seconds)])).toEqual([
      [2, 1],
      [3, 3_540],
    ]);
    expect(cost.calls.filter((call) => call.includes("manifest.json"))).toEqual([]);
    expect(cost.rounds).toBeLessThanOrEqual(3);
    expect(cost.bytes).toBeLessThan(MEGABYTE);
  });

  test("the totals from keys are those from the manifests, to the second and the line", async () => {
    const without = new Map([...world.objects].filter(([key]) => !key.startsWith("totals/")));
    for (const callers of [[OWN], [OTHER], [OWN, OTHER], [uuid("a3")], [OWN, uuid("a3")]]) {
      const byKeys = await listBills(world.store, callers);
      expect(await listBills(memoryStore(without), callers)).toEqual(byKeys);
    }
  });

  test("a run restores the totals that are missing, and a second run finds nothing to do", async () => {
    const markers = await completeTotals(world.store);
    const keys = () => [...world.objects.keys()].filter((key) => key.startsWith("totals/")).sort();
    const complete = keys();
    for (const key of complete.filter((each) => each.includes("2019-0"))) world.objects.delete(key);
    await restoreHeads(world.store, () => true);
    expect(keys()).toEqual(complete);
    expect(await completeTotals(world.store)).toEqual(markers);
    const { store, cost } = countedStore(world.store);
    await restoreHeads({ ...store, create: world.store.create }, () => true);
    expect(cost.calls.filter((call) => call.startsWith("get"))).toEqual([]);
  });
});
