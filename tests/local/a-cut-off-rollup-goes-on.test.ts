import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallRecord } from "../../local/lake/records.ts";
import { ANNA, BORIS, call, DENTAL, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { type RollupWorld, startGround } from "./rollup-world.ts";

let ground: Awaited<ReturnType<typeof startGround>>;

beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const NOW = "2026-05-02T00:30:00Z";
const APRIL = { resellers: [NORTH, SOUTH], start_date: "2026-04-01", end_date: "2026-04-30" };
const on = (day: string, callId: string, more: Partial<CallRecord> = {}) =>
  call(callId, { started_at: new Date(`${day}T09:00:00Z`), ...more });
const LATER = new Date("2026-05-01T00:00:00Z");
/** Calls on three days, so that a run can be interrupted. */
const CALLS = [on("2026-04-10", "1"), on("2026-04-11", "2"), on("2026-04-12", "3", { agent_id: null })];
/** A run's calls: the statement that creates the table, the marks, the state read and written, then the merges. */
const [FIRST_MERGE, AFTER_ONE_MERGE] = [4, 5];

async function withWorld(calls: readonly CallRecord[], use: (world: RollupWorld) => Promise<void>) {
  const world = await ground.world({ ...LAKE, call_usage: calls });
  try {
    await use(world);
  } finally {
    await world.end();
  }
}

/** Checks that the report equals the calls; @returns the days that it took from the rollup */
async function expectTheCalls(world: RollupWorld): Promise<string | undefined> {
  const asked = await world.ask(APRIL);
  expect(asked?.answer).toEqual(asked?.fromCalls);
  expect(asked?.fellBack).toBeUndefined();
  return asked?.rolled && `${asked.rolled.start}..${asked.rolled.end}`;
}

const count = async (world: RollupWorld, where = "TRUE") =>
  (await world.rows(`SELECT count(*) FROM usage_daily WHERE ${where}`))[0]?.[0];

describe("a run that was killed", () => {
  test.each([
    ["before the table is made", { at: 0, kind: "before" }, undefined],
    ["before the first merge", { at: FIRST_MERGE, kind: "before" }, undefined],
    ["after the merge and before the state", { at: FIRST_MERGE, kind: "after" }, undefined],
    ["before the last write of the state", { at: AFTER_ONE_MERGE + 1, kind: "after" }, undefined],
  ] as const)("%s publishes no day, and the next one continues", async (_, fault, closed) => {
    await withWorld(CALLS, async (world) => {
      expect(await world.rollUp(NOW, {}, fault)).toBeInstanceOf(Error);
      expect(await world.closed()).toBe(closed);
      await expectTheCalls(world);
      expect(await world.rollUp(NOW)).toMatchObject({ outcome: "caught_up" });
      expect(await expectTheCalls(world)).toBe("2026-04-10..2026-04-12");
    });
  });

  test("after its merge leaves only the state to be written: no gap, no double count", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW, {}, { at: FIRST_MERGE, kind: "after" });
      const rows = await count(world);
      expect(await world.rollUp(NOW)).toMatchObject({ days_due: 0, closed_through: "2026-04-12" });
      expect(await count(world)).toBe(rows);
    });
  });
});

describe("a run whose time is up", () => {
  test("publishes the days that it has merged, from the oldest on, and the next one continues from there", async () => {
    // A month's days are merged together; two months need two merges.
    await withWorld([on("2026-03-31", "0"), ...CALLS], async (world) => {
      const cut = await world.rollUp(NOW, {}, { at: AFTER_ONE_MERGE, kind: "time is up" });
      expect(cut).toMatchObject({ outcome: "cut_off", closed_through: "2026-03-31", days_behind: 12 });
      expect(await expectTheCalls(world)).toBeUndefined();
      expect(await world.rollUp(NOW)).toMatchObject({ outcome: "caught_up", days_behind: 0 });
      expect(await expectTheCalls(world)).toBe("2026-04-01..2026-04-12");
    });
  });
});

describe("a merge", () => {
  test("removes a group whose calls are gone: a correction moved the day's only call of an agent elsewhere", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.deliver([on("2026-04-10", "1", { agent_id: BORIS, recorded_at: LATER })]);
      expect(await world.rollUp(NOW)).toMatchObject({ days_due: 1, days_merged: 1 });
      expect(await count(world, `dt = '2026-04-10' AND agent_id = '${ANNA}'`)).toBe("0");
      expect(await count(world, `dt = '2026-04-10' AND agent_id = '${BORIS}'`)).toBe("1");
      await expectTheCalls(world);
    });
  });

  test("of a correction to another reseller takes the call from one and gives it to the other", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.deliver([on("2026-04-11", "2", { reseller_id: SOUTH, recorded_at: LATER })]);
      await world.rollUp(NOW);
      expect(await count(world, `dt = '2026-04-11' AND reseller_id = '${NORTH}'`)).toBe("0");
      await expectTheCalls(world);
    });
  });

  test("that is refused is retried, and days that cannot be merged do not stop the others", async () => {
    await withWorld(CALLS, async (world) => {
      expect(await world.rollUp(NOW, {}, { at: FIRST_MERGE, kind: "refused" })).toMatchObject({
        outcome: "caught_up",
        days_merged: 3,
      });
    });
  });

  test("shows late records after the next run, and until then the old day: never a part of both", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.deliver([on("2026-04-10", "9", { duration_seconds: 600n })]);
      const between = await world.ask(APRIL);
      expect(between?.answer).toEqual(between?.expected);
      expect(between?.answer).not.toEqual(between?.fromCalls);
      await world.rollUp(NOW);
      expect(await expectTheCalls(world)).toBe("2026-04-10..2026-04-12");
    });
  });

  test("of files that change during the run makes the day due again, because the mark describes the listing before it", async () => {
    await withWorld(CALLS, async (world) => {
      const lands = [on("2026-04-12", "8", { duration_seconds: 30n })];
      await world.rollUp(NOW, {}, { at: AFTER_ONE_MERGE, kind: "a file lands", lands });
      expect(await world.rollUp(NOW)).toMatchObject({ days_due: 1, days_merged: 1 });
      await expectTheCalls(world);
      expect(await world.rollUp(NOW)).toMatchObject({ days_due: 0 });
    });
  });
});

describe("two runs at once", () => {
  test("merge each day once, from nothing and after late data", async () => {
    await withWorld(CALLS, async (world) => {
      const both = await Promise.all([world.rollUp(NOW), world.rollUp(NOW)]);
      for (const outcome of both) expect(outcome).toMatchObject({ outcome: "caught_up", days_behind: 0 });
      expect(await count(world)).toBe("6");
      await world.deliver([on("2026-04-10", "9"), on("2026-04-10", "8", { agent_id: BORIS })]);
      await Promise.all([world.rollUp(NOW), world.rollUp(NOW), world.rollUp(NOW)]);
      expect(await count(world)).toBe("7");
      await expectTheCalls(world);
    });
  });
});

describe("a day", () => {
  test("that has not ended is read from its calls", async () => {
    await withWorld(CALLS, async (world) => {
      expect(await world.rollUp("2026-04-12T23:59:59Z")).toMatchObject({ closed_through: "2026-04-11" });
      expect(await expectTheCalls(world)).toBe("2026-04-10..2026-04-11");
    });
  });

  test("without files any more keeps its figures, and the run fails until a person allows it", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.remove("2026-04-11");
      expect(await world.rollUp(NOW)).toMatchObject({
        code: "files_missing",
        message: expect.stringContaining("2026-04-11"),
      });
      const kept = await world.ask(APRIL);
      expect(kept?.answer).toEqual(kept?.expected);
      expect(await world.closed()).toBe("2026-04-10..2026-04-12");
      expect(await world.rollUp(NOW, { allow_empty_days: ["2026-04-11"] })).toMatchObject({ days_merged: 1 });
      await expectTheCalls(world);
    });
  });

  test("without any file between two others is rolled up as well, with 0 calls", async () => {
    await withWorld([on("2026-04-01", "1"), on("2026-04-28", "2")], async (world) => {
      expect(await world.rollUp(NOW)).toMatchObject({ days_merged: 28 });
      expect(await expectTheCalls(world)).toBe("2026-04-01..2026-04-28");
    });
  });
});

describe("a table that does not match the state", () => {
  test.each([
    ["lacks a day", `DELETE FROM usage_daily WHERE dt = '2026-04-11'`],
    ["lacks every day", "DELETE FROM usage_daily WHERE calls >= 0"],
    [
      "has a day twice",
      `MERGE INTO usage_daily AS twice USING (SELECT * FROM usage_daily WHERE dt = '2026-04-11') AS once
       ON twice.dt = 'never'
       WHEN NOT MATCHED THEN INSERT (dt, reseller_id, organization_id, agent_id, seconds, calls, source)
         VALUES (once.dt, once.reseller_id, once.organization_id, once.agent_id, once.seconds, once.calls, once.source)`,
    ],
    [
      "belongs to another lake",
      "MERGE INTO usage_daily AS other USING (SELECT 's3://elsewhere/ 1' AS source) AS s ON other.source IS NOT NULL WHEN MATCHED THEN UPDATE SET source = s.source",
    ],
  ])("that %s is not used, and is repaired by the next run", async (_, damage) => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.damage(damage);
      const asked = await world.ask(APRIL);
      expect(asked?.fellBack?.code).toBe("internal_error");
      expect(asked?.answer).toEqual(asked?.fromCalls);
      expect(await world.rollUp(NOW)).toMatchObject({ outcome: "caught_up", days_behind: 0 });
      expect(await expectTheCalls(world)).toBe("2026-04-10..2026-04-12");
    });
  });

  test("that was dropped is not used either, and no state names more days than the table has", async () => {
    await withWorld(CALLS, async (world) => {
      await world.rollUp(NOW);
      await world.damage("DELETE FROM usage_daily WHERE dt = '2026-04-11'");
      await world.rollUp(NOW, {}, { at: FIRST_MERGE, kind: "before" });
      expect(await world.closed()).toBe("2026-04-10..2026-04-10");
      expect(await expectTheCalls(world)).toBe("2026-04-10..2026-04-10");
    });
  });
});

test("compaction changes no figure, not even of reports that are read meanwhile", async () => {
  await withWorld(CALLS, async (world) => {
    await world.rollUp(NOW);
    await world.deliver([on("2026-04-10", "9", { organization_id: DENTAL })]);
    await world.rollUp(NOW);
    const before = await world.ask(APRIL);
    const [compacted, ...meanwhile] = await Promise.all([
      world.rollUp(NOW, { task: "compact" }),
      world.ask(APRIL),
      world.ask(APRIL),
    ]);
    expect(compacted).toEqual({ outcome: "compacted", optimize_runs: 1, vacuum_runs: 1 });
    for (const asked of meanwhile) expect(asked?.answer).toEqual(before?.answer);
    await expectTheCalls(world);
  });
});

test("an event that is not the function's is refused before anything is read", async () => {
  await withWorld(CALLS, async (world) => {
    for (const event of [{ task: "drop" }, { allow_empty_days: ["2026-02-30"] }, { days: [] }]) {
      expect(await world.rollUp(NOW, event)).toMatchObject({ code: "invalid_event" });
    }
    expect(JSON.parse(world.lines.at(-1) ?? "")).toMatchObject({
      level: "error",
      code: "invalid_event",
      RollupFailures: 1,
    });
  });
});
