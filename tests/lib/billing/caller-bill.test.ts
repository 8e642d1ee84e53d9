import { beforeEach, describe, expect, test } from "vitest";
import { nameAdjustments } from "../../../lib/billing/adjustment-names.ts";
import { originalBills, readCallerBill, totalsOf } from "../../../lib/billing/bills/caller-bill.ts";
import { readChain } from "../../../lib/billing/bills/chain.ts";
import { manifestKey } from "../../../lib/billing/manifest.ts";
import type { OrganizationUsage, ResellerUsage } from "../../../lib/usage/fold.ts";
import { secondsOf, uuid } from "../valid.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { countedStore } from "./counted-store.ts";
import { usageOf } from "./usages.ts";
import { month } from "./valid.ts";

const [MARCH, APRIL] = [month("2026-03"), month("2026-04")];
const [R, O] = [uuid("51"), uuid("b9")];

/** The reseller's one organization under this name, which the names of reseller and agents begin with. */
function named(organizationName: string, seconds: Readonly<Record<string, number>>): ResellerUsage {
  const usage = usageOf("51", "b9", seconds);
  const agents = usage.agents.map((agent) => ({
    ...agent,
    agentName: `${organizationName} ${agent.agentId.slice(-2)}`,
  }));
  const organization: OrganizationUsage = {
    ...usage,
    organizationName,
    resellerName: `${organizationName} Ltd`,
    agents,
  };
  return { resellerId: R, resellerName: organization.resellerName, organizations: [organization] };
}

let world: BillsWorld;
beforeEach(() => {
  world = billsWorld(MARCH);
});

async function read(number: number, ...resellers: string[]) {
  const chain = await readChain(world.store);
  const bill = chain.bills[number - 1]?.bill;
  if (bill === undefined) throw new Error(`there is no bill ${number}`);
  const { store, cost } = countedStore(world.store);
  const of = await readCallerBill(store, chain, bill, resellers.map(uuid));
  return { of, calls: cost.calls };
}

/** `month revision: original bill, organization, reseller, agent, before, after` of each adjustment. */
function told({ adjustments }: Awaited<ReturnType<typeof read>>["of"]): string[] {
  return adjustments.map(
    ({ period, revision, originalBill, organizationName, resellerName, agentName, before, after }) =>
      `${period} ${revision}: ${originalBill}, ${organizationName}, ${resellerName}, ${agentName}, ${before}, ${after}`,
  );
}

describe("the caller's rows of a bill", () => {
  test("are the usage of its month and the adjustments of earlier ones, with the number of the bill they adjust", async () => {
    await world.reviseTo(MARCH, [named("Acme", { "7d": 100 })]);
    await world.run("months", {});
    await world.reviseTo(MARCH, [named("Acme", { "7d": 40 })]);
    await world.revise(APRIL, { 51: 7, 52: 9 });
    await world.revise(APRIL, { 51: 8, 52: 9 });
    await world.run("months", {});
    const { of } = await read(2, "51");
    expect(of.usage.map(({ period, revision }) => [period, revision])).toEqual([[APRIL, 1]]);
    expect(of.usage[0]?.organizations).toEqual([usageOf("51", "0a", { "0b": 7 })]);
    const [organization, agent] = [uuid("0a"), uuid("0b")];
    expect(told(of)).toEqual([
      "2026-03 2: 1, Acme, Acme Ltd, Acme 7d, 100, 40",
      `2026-04 2: 2, ${organization}, ${R}, ${agent}, 7, 8`,
    ]);
    expect(totalsOf(of)).toEqual({ usageLines: 1, usage: 7, adjustmentLines: 2, adjustments: -59, all: -52 });
  });

  test("are none for a caller without rows, and several resellers' organizations come in the report's order", async () => {
    await world.revise(MARCH, { 51: 7, 52: 9 });
    await world.run("months", {});
    expect((await read(1, "99")).of).toMatchObject({ usage: [], adjustments: [] });
    const { of } = await read(1, "51", "52");
    expect(
      of.usage.flatMap(({ organizations }) => organizations.map(({ resellerId }) => resellerId)),
    ).toEqual([uuid("52"), uuid("51")]);
    await world.revise(MARCH, { 51: 8, 52: 9 });
    await world.run("adjustments", {});
    expect((await read(2, "52")).of.adjustments).toEqual([]);
    expect((await read(2, "51")).of.adjustments).toHaveLength(1);
  });

  test("have the names of their revision, and those of the previous one for a line that is gone", async () => {
    await world.reviseTo(MARCH, [named("Acme", { "7d": 60, "7e": 30 })]);
    await world.run("months", {});
    await world.reviseTo(MARCH, [named("Acme New", { "7d": 61 })]);
    await world.run("adjustments", {});
    const { of } = await read(2, "51");
    expect(told(of)).toEqual([
      "2026-03 2: 1, Acme New, Acme New Ltd, Acme New 7d, 60, 61",
      "2026-03 2: 1, Acme, Acme Ltd, Acme 7e, 30, 0",
    ]);
  });

  test("read the previous revision only for a line that is gone", async () => {
    await world.reviseTo(MARCH, [named("Acme", { "7d": 60 })]);
    await world.run("months", {});
    await world.reviseTo(MARCH, [named("Acme", { "7d": 61 })]);
    await world.run("adjustments", {});
    const { calls } = await read(2, "51");
    expect(calls.filter((call) => call.includes("revision=0001"))).toEqual([]);
  });

  test("have the previous revision's names where the reseller has no organization any more", async () => {
    await world.reviseTo(MARCH, [named("Acme", { "7d": 60 })]);
    await world.run("months", {});
    await world.reviseTo(MARCH, []);
    await world.reviseTo(MARCH, [named("Acme", { "7d": 60 })]);
    await world.run("adjustments", {});
    const { of } = await read(2, "51");
    expect(told(of)).toEqual([
      "2026-03 2: 1, Acme, Acme Ltd, Acme 7d, 60, 0",
      "2026-03 3: 1, Acme, Acme Ltd, Acme 7d, 0, 60",
    ]);
  });

  test.each<[string, () => void, string]>([
    [
      "is missing",
      () => void world.objects.delete(manifestKey(MARCH, 1)),
      "The manifest of 2026-03, revision 1, is missing.",
    ],
    [
      "is another",
      () => replaced(),
      "The manifest of 2026-03, revision 1, differs from the one that was billed.",
    ],
  ])("are an error if a manifest that was billed %s", async (_, damage, message) => {
    await world.revise(MARCH, { 51: 7 });
    await world.run("months", {});
    damage();
    await expect(read(1, "51")).rejects.toMatchObject({ code: "snapshot_damaged", message });
  });

  function replaced(): void {
    const key = manifestKey(MARCH, 1);
    const text = Buffer.from(world.objects.get(key) ?? []).toString();
    world.objects.set(key, Buffer.from(text.replace('"copies":0', '"copies":1')));
  }
});

test("the bill that an adjustment adjusts is the one with the month's usage, not one with earlier adjustments", async () => {
  await world.revise(MARCH, { 51: 7 });
  await world.run("months", {});
  await world.revise(MARCH, { 51: 8 });
  await world.run("adjustments", {});
  await world.revise(APRIL, { 51: 8 });
  await world.run("months", {});
  expect([...originalBills(await readChain(world.store))]).toEqual([
    [MARCH, 1],
    [APRIL, 3],
  ]);
});

test("an adjustment whose previous revision is not the one that its manifest names is an error", async () => {
  await world.reviseTo(MARCH, [named("Acme", { "7d": 60, "7e": 30 })]);
  await world.run("months", {});
  await world.reviseTo(MARCH, [named("Acme", { "7d": 60 })]);
  await world.run("adjustments", {});
  const key = manifestKey(MARCH, 1);
  const text = Buffer.from(world.objects.get(key) ?? []).toString();
  for (const damage of [
    () => world.objects.set(key, Buffer.from(text.replace('"copies":0', '"copies":1'))),
    () => world.objects.delete(key),
  ]) {
    damage();
    await expect(read(2, "51")).rejects.toMatchObject({
      code: "snapshot_damaged",
      message: "The predecessor of revision 2 of 2026-03 is not the one that its manifest names.",
    });
  }
});

test("an adjustment whose line is in neither revision has ids for names", async () => {
  await world.reviseTo(MARCH, [named("Acme", { "7d": 60 })]);
  await world.reviseTo(MARCH, [named("Acme", { "7d": 61 })]);
  const revision = world.newest.get(MARCH);
  if (revision === undefined) throw new Error("not closed");
  const unknown = {
    resellerId: R,
    organizationId: O,
    agentId: uuid("99"),
    before: secondsOf(1),
    after: secondsOf(0),
  };
  expect(await nameAdjustments(world.store, revision, [], [unknown])).toEqual([
    { ...unknown, organizationName: O, resellerName: R, agentName: uuid("99") },
  ]);
  await expect(
    nameAdjustments(
      world.store,
      { ...revision, manifest: { ...revision.manifest, supersedes: null } },
      [],
      [unknown],
    ),
  ).rejects.toMatchObject({ code: "snapshot_damaged" });
});
