import * as fc from "fast-check";
import { expect, test } from "vitest";
import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import type { Bill } from "../../../lib/billing/bills/bill.ts";
import { collect } from "../valid.ts";
import { brokenInvariants } from "./bills-invariants.ts";
import { type BillsWorld, billsWorld, type Fate, interleaved, type Usage } from "./bills-world.ts";
import { memoryBucket } from "./memory-store.ts";
import { month } from "./valid.ts";

const MONTHS = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"].map(month);

/** This many worlds of a new seed; by default a few of a fixed one, so that it never fails by chance. */
const WORLDS = process.env["MODEL_WORLDS"];

interface Model {
  bills: Bill[];
}

type Step = fc.AsyncCommand<Model, BillsWorld>;

function step(name: string, run: (world: BillsWorld) => Promise<unknown>): Step {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, world) => {
      await run(world);
      const bills = world.bills();
      expect(bills.slice(0, model.bills.length)).toEqual(model.bills);
      model.bills = bills;
      expect(brokenInvariants(world, bills)).toEqual([]);
    },
  };
}

const anyMonth = fc.constantFrom(...MONTHS);
const usage: fc.Arbitrary<Usage> = fc.dictionary(fc.constantFrom("a1", "a2", "a3"), fc.nat(100), {
  noNullPrototype: true,
});
const fate: fc.Arbitrary<Fate> = fc.record({
  crash: fc.option(fc.record({ at: fc.nat(25), kind: fc.constantFrom("before", "after", "asked again") }), {
    nil: undefined,
  }),
  stale: fc.option(fc.record({ reads: fc.nat(8), objects: fc.nat(4) }), { nil: undefined, freq: 2 }),
});
const what = fc.constantFrom("months", "months", "adjustments");

const revise = fc
  .tuple(anyMonth, usage)
  .map(([of, given]) => step(`revise ${of} ${JSON.stringify(given)}`, (world) => world.revise(of, given)));
const run = fc
  .tuple(what, fate)
  .map(([kind, given]) => step(`run ${kind} ${JSON.stringify(given)}`, (world) => world.run(kind, given)));
const several = fc
  .record({
    runs: fc.array(fc.tuple(what, fate), { minLength: 2, maxLength: 4 }),
    order: fc.infiniteStream(fc.nat(3)),
    revisions: fc.array(fc.tuple(fc.nat(30), anyMonth, usage), { maxLength: 3 }),
  })
  .map(({ runs, order, revisions }) =>
    step(`${runs.length} runs at once ${JSON.stringify({ runs, revisions })}`, async (world) => {
      let calls = 0;
      const between = async () => {
        const at = calls++;
        for (const [when, of, given] of revisions) if (when === at) await world.revise(of, given);
      };
      const tasks = runs.map(
        ([kind, given]) =>
          (take: () => Promise<void>) =>
            world.run(kind, given, take),
      );
      await interleaved(tasks, (count) => (order.next().value ?? 0) % Math.max(1, count), between);
    }),
  );
const damage = anyMonth.map((of) => step(`damage ${of}`, async (world) => world.damage(of)));
const repair = fc.constant(step("repair", async (world) => world.repair()));

const commands = fc.commands([revise, revise, run, run, several, damage, repair], {
  maxCommands: 20,
  size: "max",
});

test("bills every month's usage and every revision exactly once, whatever happens to the runs", {
  timeout: 600_000,
}, async () => {
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(anyMonth, commands, async (billFrom, steps) => {
      const world = billsWorld(billFrom);
      const model: Model = { bills: [] };
      await fc.asyncModelRun(() => ({ model, real: world }), steps);
      world.repair();
      expect(await world.run("months", {})).toBeUndefined();
      expect(await world.run("adjustments", {})).toBeUndefined();
      const bills = world.bills();
      expect(brokenInvariants(world, bills)).toEqual([]);
      for (const { kind } of bills) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const named = new Map(
        bills.flatMap(({ sources }) => sources.map(({ period, revision }) => [period, revision] as const)),
      );
      // A month before the first billed one that was closed after bill 1 is never billed.
      const verdicts = await collect(verifyBucket(memoryBucket(world.objects)));
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      const due = [...world.newest].filter(([of]) => of >= billFrom || named.has(of));
      expect(due.map(([of]) => [of, named.get(of)])).toEqual(
        due.map(([of, { manifest }]) => [of, manifest.revision]),
      );
    }),
    WORLDS === undefined ? { numRuns: 150, seed: 20_260_401 } : { numRuns: Number(WORLDS) },
  );
  expect([...kinds.keys()].sort()).toEqual(["adjustments", "month", "opening"]);
});
