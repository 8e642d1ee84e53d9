import * as fc from "fast-check";
import { expect, test } from "vitest";
import { happened, look, newModel } from "./runs-checks.ts";
import { quietDays, steps } from "./runs-steps.ts";
import { runsWorld } from "./runs-world.ts";

/** So many worlds of a new seed; otherwise a few of a fixed one, so that it never fails by chance. */
const WORLDS = process.env["MODEL_WORLDS"];

test("closes, watches and bills every month exactly once, whatever happens to the platform and the runs", {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const world = runsWorld();
      const model = newModel();
      await fc.asyncModelRun(() => ({ model, real: world }), given);
      await quietDays(model, world);
      await world.run({ bill: "adjustments" }, model.now);
      look(model, world);
      const named = new Map(
        model.bills.flatMap(({ sources }) =>
          sources.map(({ period, revision }) => [period, revision] as const),
        ),
      );
      for (const [of, revision] of named) expect([of, revision]).toEqual([of, world.newest(of)?.revision]);
      expect(await world.findings()).toEqual([]);
    }),
    WORLDS === undefined ? { numRuns: 40, seed: 20_260_701 } : { numRuns: Number(WORLDS) },
  );
  // None of it passed because it never happened.
  const all = ["closed", "unchanged", "revised", "incomplete", "shrunk", "in grace", "not watched"];
  const befell = [
    "cut off",
    "two at once",
    "doubled",
    "closed by hand",
    "changed beyond look-back",
    "a quiet day",
  ];
  const bills = ["bill month", "bill adjustments", "bill opening"];
  expect([...all, ...befell, ...bills].filter((name) => !happened.has(name))).toEqual([]);
});
