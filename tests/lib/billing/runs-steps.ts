/** What may happen to a platform and to the runs that close and bill its months, as steps of a model. */
import * as fc from "fast-check";
import { expect } from "vitest";
import { closableFrom, daysOf, type Month, monthBefore, toInstant } from "../../../lib/billing/month.ts";
import { type Fate, interleaved } from "./bills-world.ts";
import { cleanRun, count, dayOf, look, type Model, monthsUpTo, textOf, withoutZeros } from "./runs-checks.ts";
import { DAY, HOUR, linesOf, type RunsWorld } from "./runs-world.ts";
import { callsByDay, everyDay, figuresAsOf } from "./scripted-month.ts";
import { instant } from "./valid.ts";

type Step = fc.AsyncCommand<Model, RunsWorld>;

function step(name: string, run: (model: Model, world: RunsWorld) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, world) => {
      await run(model, world);
      look(model, world);
    },
  };
}

const fate: fc.Arbitrary<Fate> = fc.record({
  crash: fc.record({ at: fc.nat(120), kind: fc.constantFrom("before", "after", "asked again") }),
});

/** How many days lie between two events: most days have one, but a week or a month may be missed. */
const days = fc.constantFrom(1, 1, 1, 2, 7, 8, 31, 62);

const run = days.map((later) =>
  step(`run ${later} d later`, async (model, world) => {
    model.now += later * DAY;
    model.lastEvent = dayOf(model.now);
    await cleanRun(model, world, model.lastEvent);
  }),
);

const cutOff = fc.tuple(days, fate).map(([later, befallen]) =>
  step(`run ${later} d later, ${JSON.stringify(befallen)}`, async (model, world) => {
    model.now += later * DAY;
    model.lastEvent = dayOf(model.now);
    if (model.lastEvent > model.latest) model.latest = model.lastEvent;
    await world.run({ scheduled_time: model.lastEvent }, model.now, befallen);
    count("cut off");
  }),
);

const again = fc.constant(
  step("the last event again", async (model, world) => {
    if (model.lastEvent === undefined) return;
    const before = world.objects.size;
    const ended = await world.run({ scheduled_time: model.lastEvent }, model.now);
    // Bills that a cut off run left are written; without one nothing is new.
    if (ended.error === undefined && world.objects.size === before) count("doubled");
  }),
);

const atOnce = fc
  .record({ later: days, apart: fc.nat(1), order: fc.infiniteStream(fc.nat(1)), befallen: fc.option(fate) })
  .map(({ later, apart, order, befallen }) =>
    step(`two at once, ${later} d later, ${apart} d apart`, async (model, world) => {
      model.now += later * DAY;
      const [first, second] = [dayOf(model.now), dayOf(model.now + apart * DAY)];
      model.now += apart * DAY;
      model.lastEvent = second;
      if (second > model.latest) model.latest = second;
      const tasks = [
        (take: () => Promise<void>) => world.run({ scheduled_time: first }, model.now, befallen ?? {}, take),
        (take: () => Promise<void>) => world.run({ scheduled_time: second }, model.now, {}, take),
      ];
      const choose = (waiting: number) => (order.next().value ?? 0) % Math.max(1, waiting);
      await interleaved(tasks, choose, () => Promise.resolve());
      count("two at once");
    }),
  );

/** A month before the present one. */
function monthAgo({ now }: Model, ago: number): Month {
  let of = monthBefore(toInstant(now));
  for (let left = ago; left > 0; left -= 1) of = monthBefore(instant(`${of}-01T00:00:00Z`));
  return of < "2025-12" ? monthBefore(instant("2026-01-01T00:00:00Z")) : of;
}

const ago = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4);

/** A person closes or revises a month. Without a fate its figures are then those of the records. */
async function runByHand(
  model: Model,
  world: RunsWorld,
  of: Month,
  allows: boolean,
  befallen: Fate | null,
): Promise<void> {
  model.now += HOUR;
  const as_of = toInstant(model.now);
  const calls = callsByDay(world.months.get(of) ?? [], as_of);
  const missing = daysOf(of).filter((day) => !calls.has(day));
  const event = {
    period: of,
    as_of,
    ...(allows && { allow_shrunk: true, reason: "known" }),
    ...(allows && missing.length > 0 && { allow_missing_days: missing }),
  };
  const before = world.newest(of);
  const ended = await world.run(event, model.now, befallen ?? {});
  if (closableFrom(of, 3) > as_of) return expect(ended.codes).toContain("invalid_event");
  if (as_of > model.latest) model.latest = as_of;
  if (befallen !== null || !allows) return;
  expect(ended.error).toBeUndefined();
  const newest = world.newest(of);
  const figures = figuresAsOf(world.months.get(of) ?? [], as_of);
  expect(textOf(newest ? withoutZeros(linesOf(world.objects, newest).lines) : [])).toBe(textOf(figures));
  if (before === undefined) count("closed by hand");
}

const byHand = fc
  .tuple(ago, fc.boolean(), fc.option(fate, { freq: 2 }))
  .map(([months, allows, befallen]) =>
    step(
      `by hand, ${months} months ago, ${allows ? "allowing" : "plain"} ${JSON.stringify(befallen)}`,
      (model, world) => runByHand(model, world, monthAgo(model, months), allows, befallen),
    ),
  );

async function billAdjustments(model: Model, world: RunsWorld): Promise<void> {
  const ended = await world.run({ bill: "adjustments" }, model.now);
  expect(ended.error).toBeUndefined();
}

const adjustments = fc.constant(step("bill the adjustments", billAdjustments));

const deliver = fc
  .record({
    ago,
    day: fc.nat(27),
    reseller: fc.constantFrom("a1", "a2"),
    agent: fc.constantFrom("c1", "c2"),
    seconds: fc.constantFrom(0, 1, 60, 600),
    hoursAgo: fc.constantFrom(0, 1, 40, 1_000, -30, -1_000),
    corrects: fc.option(fc.nat(40), { freq: 1 }),
  })
  .map((delivery) =>
    step(`deliver ${JSON.stringify(delivery)}`, async (model, world) => {
      const of = monthAgo(model, delivery.ago);
      const recordedAt = toInstant(model.now - delivery.hoursAgo * HOUR);
      world.change(of, (records) => {
        const known =
          delivery.corrects === null ? undefined : records[delivery.corrects % (records.length || 1)];
        const { reseller, agent, seconds } = delivery;
        const call = known?.call ?? `call ${model.calls++}`;
        const dt = known?.dt ?? daysOf(of)[delivery.day] ?? `${of}-01`;
        // Of two records of one instant the other columns decide, which this model does not know.
        if (records.some((each) => each.call === call && each.recordedAt === recordedAt)) return [...records];
        return [...records, { call, dt, reseller, agent, seconds, recordedAt }];
      });
    }),
  );

const lose = fc.tuple(ago, fc.nat(27), fc.nat(2)).map(([months, at, length]) =>
  step(`lose ${length} days, ${months} months ago`, async (model, world) => {
    const of = monthAgo(model, months);
    const lost = new Set<string>(daysOf(of).slice(at, at + length));
    world.change(of, (records) => records.filter(({ dt }) => !lost.has(dt)));
  }),
);

const drop = ago.map((months) =>
  step(`drop the delivered calls, ${months} months ago`, async (model, world) =>
    world.change(monthAgo(model, months), (records) =>
      records.filter(({ call }) => !call.startsWith("call ")),
    ),
  ),
);

const restore = ago.map((months) =>
  step(`restore the days, ${months} months ago`, async (model, world) => {
    const of = monthAgo(model, months);
    const first = everyDay(of, { reseller: "a1", agent: "c1" });
    world.change(of, (records) => [
      ...records,
      ...first.filter(({ dt, call }) => !records.some((each) => each.dt === dt || each.call === call)),
    ]);
  }),
);

const rewrite = ago.map((months) =>
  step(`compact the files, ${months} months ago`, async (model, world) =>
    world.rewrite(monthAgo(model, months)),
  ),
);

const hire = fc
  .subarray(["a1 c1", "a1 c3", "a2 c3", "a3 c1"])
  .map((agents) =>
    step(`the directory has ${agents.join(", ")}`, async (_, world) =>
      world.setDirectory(agents.map((text) => ({ reseller: text.slice(0, 2), agent: text.slice(3) }))),
    ),
  );

const ALL = [
  run,
  run,
  run,
  cutOff,
  cutOff,
  again,
  atOnce,
  byHand,
  byHand,
  adjustments,
  deliver,
  deliver,
  lose,
  drop,
  restore,
  rewrite,
  hire,
];

/** Any of the steps, at most so many. */
export const steps = (maxCommands: number) => fc.commands(ALL, { maxCommands, size: "max" });

/** Two quiet days: the first run takes up what was left, the second has nothing to do. */
export async function quietDays(model: Model, world: RunsWorld): Promise<void> {
  for (let quiet = 0; quiet < 2; quiet += 1) {
    model.now += DAY;
    const [queries, objects] = [world.queries(), world.objects.size];
    const { codes } = await cleanRun(model, world, dayOf(model.now));
    look(model, world);
    const watched = [...monthsUpTo(monthBefore(dayOf(model.now)))];
    const waits = watched
      .flatMap((of) => world.months.get(of) ?? [])
      .some(({ recordedAt }) => recordedAt >= dayOf(model.now - DAY));
    // Not on a day on which a month is closed.
    const isQuiet = quiet === 1 && codes.length === 0 && !waits && dayOf(model.now).slice(8, 10) > "05";
    if (isQuiet) {
      count("a quiet day");
      expect([world.queries(), world.objects.size]).toEqual([queries, objects]);
    }
  }
}
