import * as fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { CallRecord, Lake } from "../../local/lake/records.ts";
import { generatedLake, generatedQuestion, POOL } from "../generated-lake.ts";
import type { Question } from "../oracle.ts";
import { type Fault, type RollupWorld, startGround } from "./rollup-world.ts";

let ground: Awaited<ReturnType<typeof startGround>>;

beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

/** Whether a step has changed the table and no run has processed it yet. */
interface Model {
  damaged: boolean;
  /** How many reports were made of days of both kinds, and how many fell back. */
  readonly seen: { mixed: number; fellBack: number };
}

type Step = fc.AsyncCommand<Model, RollupWorld>;

/** Instants at which some or all of the days of `POOL` have ended. */
const NOW = fc.constantFrom(
  "2026-04-01T00:00:00Z",
  "2026-04-02T12:00:00Z",
  "2026-04-30T23:59:59Z",
  "2026-05-01T00:00:00Z",
  "2026-05-20T10:00:00Z",
);
const LATEST = "2026-05-20T10:00:00Z";

/** What every report must contain at any moment: each rolled-up day as it was merged, each other one from its calls. */
async function look(question: Question, model: Model, world: RollupWorld): Promise<void> {
  const asked = await world.ask(question);
  if (asked === undefined) return;
  expect(asked.answer).toEqual(asked.expected);
  expect(model.damaged ? undefined : asked.fellBack).toBeUndefined();
  const { rolled } = asked;
  if (rolled !== undefined && (rolled.start > question.start_date || rolled.end < question.end_date))
    model.seen.mixed += 1;
  if (asked.fellBack !== undefined) model.seen.fellBack += 1;
}

function step(name: string, run: (model: Model, world: RollupWorld) => Promise<void>): Step {
  return { check: () => true, run, toString: () => name };
}

/** Lakes whose calls are of one day each, even if several are joined. */
const ownCalls: fc.Arbitrary<Lake> = generatedLake.map((lake) => ({
  ...lake,
  call_usage: lake.call_usage.map((record) => ({
    ...record,
    call_id: record.call_id.replace("0000-0000", `${record.dt.slice(5).replace("-", "")}-0000`),
  })),
}));

const records: fc.Arbitrary<readonly CallRecord[]> = ownCalls
  .map(({ call_usage }) => [...Map.groupBy(call_usage, ({ dt }) => dt).values()].at(0) ?? [])
  .filter((some) => some.length > 0);

const fault: fc.Arbitrary<Fault | undefined> = fc.option(
  fc.record({
    at: fc.nat(9),
    kind: fc.constantFrom("before", "after", "time is up", "a file lands", "refused"),
    lands: records,
  }),
  { nil: undefined, freq: 2 },
);

const steps: fc.Arbitrary<Step>[] = [
  records.map((some) =>
    step(
      `deliver ${some.length} records of ${some[0]?.dt}`,
      async (_, world) => void (await world.deliver(some)),
    ),
  ),
  fc.constantFrom(...POOL.days).map((day) => step(`lose ${day}`, (_, world) => world.remove(day))),
  fc.tuple(NOW, fault).map(([now, befalls]) =>
    step(`roll up at ${now}, ${befalls?.kind} ${befalls?.at}`, async (_, world) => {
      await world.rollUp(now, {}, befalls);
    }),
  ),
  fc.tuple(NOW, NOW).map(([a, b]) =>
    step(`two at once, ${a} and ${b}`, async (_, world) => {
      await Promise.all([world.rollUp(a), world.rollUp(b)]);
    }),
  ),
  fc.constantFrom(...POOL.days).map((day) =>
    step(`lose ${day} from the table`, async (model, world) => {
      if ((await world.state.read()) === undefined) return;
      model.damaged = true;
      await world.damage(`DELETE FROM usage_daily WHERE dt = '${day}'`);
    }),
  ),
  generatedQuestion.map((question) =>
    step(`ask ${JSON.stringify(question)}`, (model, world) => look(question, model, world)),
  ),
];

const commands = fc.commands(
  [...steps, ...steps.slice(0, 1), ...steps.slice(2, 3), ...steps.slice(-1), ...steps.slice(-1)],
  { maxCommands: 14, size: "max" },
);

const isTrino = inject("trino") !== undefined;

test("has each day once in every report, from its calls or as rolled up, whatever arrives, is lost, killed or raced", {
  timeout: 600_000,
}, async () => {
  const seen = { mixed: 0, fellBack: 0 };
  const all = { start_date: "2026-03-30", end_date: "2026-05-01", resellers: [...POOL.resellers] };
  await fc.assert(
    fc.asyncProperty(ownCalls, commands, generatedQuestion, async (lake: Lake, some, question) => {
      const world = await ground.world(lake);
      const model: Model = { damaged: false, seen };
      try {
        await fc.asyncModelRun(() => ({ model, real: world }), some);
        await look(all, model, world);
        // After all runs, the rollup equals the calls, with all losses allowed and all days ended.
        const outcome = await world.rollUp(LATEST, { allow_empty_days: POOL.days });
        expect(outcome).toMatchObject({ outcome: "caught_up", days_behind: 0 });
        for (const each of [all, question]) {
          const asked = await world.ask(each);
          expect(asked?.fellBack).toBeUndefined();
          expect(asked?.answer).toEqual(asked?.fromCalls);
        }
        expect(await world.rollUp(LATEST)).toMatchObject({ outcome: "caught_up", days_due: 0 });
      } finally {
        await world.end();
      }
    }),
    { numRuns: isTrino ? 3 : 6 },
  );
  // Worlds in which nothing was rolled up do not have all of it.
  expect(seen.mixed).toBeGreaterThan(isTrino ? -1 : 0);
});
