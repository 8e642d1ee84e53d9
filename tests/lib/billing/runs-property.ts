/** What must hold after any steps: in the model with worked out answers, and with those of an engine. */
import * as fc from "fast-check";
import { expect } from "vitest";
import { look, newModel } from "./runs-checks.ts";
import { quietDays, steps } from "./runs-steps.ts";
import { type AnswerMonth, runsWorld } from "./runs-world.ts";

/** Every month is closed, watched and billed exactly once, and `verify` finds nothing wrong in the bucket. */
export function closesAndBillsOnce(maxCommands: number, answerMonth?: AnswerMonth) {
  return fc.asyncProperty(steps(maxCommands), async (given) => {
    const world = runsWorld(answerMonth);
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
  });
}
