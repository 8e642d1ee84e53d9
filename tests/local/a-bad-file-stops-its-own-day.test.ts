/**
 * Lakes as other tools write them, read in all three ways: the report from calls, the report from the rollup, and the
 * bill. All three agree, or refuse the file and name it.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import * as z from "zod";
import { addDays, everyDay } from "../../lib/period.ts";
import { day, periodOf } from "../lib/valid.ts";
import { BAKERY, CARLA, DENTAL, id, NORTH, SOUTH } from "./fixture.ts";
import { CALL, DAY, replaceBytes, type Values, without, writeDirectory, writeRows } from "./odd-lake.ts";
import { engineOver, startOver, type TestStack } from "./test-stack.ts";

const onTrino = inject("trino") !== undefined;

let folder: string;
let lakes = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bad-files-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Make = (lake: string) => Promise<void>;

/** A stack over a lake with the fixture's directory and the files that `make` writes. */
async function stackOver(make: Make, below = ""): Promise<TestStack> {
  lakes += 1;
  const base = join(folder, String(lakes), below);
  const lake = join(base, "lake");
  await writeDirectory(lake);
  await make(lake);
  const engine = await engineOver(lake);
  const stack = await startOver(engine, join(base, "objects"), {
    lake,
    environment: { FRESHNESS_SECONDS: "0" },
  });
  return {
    ...stack,
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
      await engine.close();
    },
  };
}

const report = z.object({
  data: z.array(z.object({ organization_id: z.string(), total_voice_minutes: z.number() })),
});

/** The seconds of Acme Dental in these days, or the status of the answer. */
async function seconds(stack: TestStack, start = "2026-04-01", end = "2026-04-30"): Promise<number> {
  const { status, text } = await stack.ask({
    query: `?start_date=${start}&end_date=${end}`,
    claim: [NORTH],
  });
  if (status !== 200) return -status;
  const entry = report.parse(JSON.parse(text)).data.find((each) => each.organization_id === DENTAL);
  return Math.round((entry?.total_voice_minutes ?? 0) * 60);
}

const BY_HAND = {
  period: "2026-04",
  as_of: "2026-05-04T06:00:00Z",
  allow_missing_days: everyDay(periodOf("2026-04-01", "2026-04-30")),
  reason: "The lake has few days.",
};

/** The seconds of Acme Dental on the bill of April, or the reason why it is not closed. */
async function billed(stack: TestStack): Promise<number | string> {
  try {
    await stack.snapshot(BY_HAND);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { text } = await stack.ask({ path: "/v1/billing/snapshots/2026-04", claim: [NORTH] });
  const entry = report.parse(JSON.parse(text)).data.find((each) => each.organization_id === DENTAL);
  return Math.round((entry?.total_voice_minutes ?? 0) * 60);
}

const named = (name: string, more: Values = {}): Values => ({ ...CALL, call_id: `'${id(name)}'`, ...more });
const file =
  (key: string, ...rows: Values[]): Make =>
  (lake) =>
    writeRows(lake, key, rows);
const X = `${DAY}/x.parquet`;
const all =
  (...makes: Make[]): Make =>
  async (lake) => {
    for (const make of makes) await make(lake);
  };
const THREE = file(X, named("1"), named("2"), named("3"));
const put =
  (key: string, content: string): Make =>
  async (lake) => {
    await mkdir(dirname(join(lake, key)), { recursive: true });
    await writeFile(join(lake, key), content);
  };

// Concurrent, because most of a run is waiting for polls.
describe.concurrent("calls, rollup and bill agree", () => {
  test.each<[string, Make, number, string?]>([
    ["without the hidden file", all(THREE, file(`${DAY}/_part-1.parquet`, named("4"))), 3_000],
    ["with a nested folder", all(THREE, file(`${DAY}/hour=11/x.parquet`, named("4"))), 4_000],
    ["below a folder named dt=2026-01-01", THREE, 3_000, "dt=2026-01-01"],
    ["below a folder named reseller_id=x", THREE, 3_000, "reseller_id=x"],
    ["without a day that does not exist", all(THREE, file("call_usage/dt=2026-04-31/x", named("4"))), 3_000],
    ["without a folder of two days", all(THREE, file("call_usage/dt=2026-04-10-11/x", named("4"))), 3_000],
    ["without an empty file of a day of its own", all(THREE, put("call_usage/dt=2026-04-12/x", "")), 3_000],
    [
      "on instants 0.3 ms apart, which are the same",
      file(
        X,
        named("1", { recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0001'", duration_seconds: "3000::bigint" }),
        named("1", { recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0004'", duration_seconds: "2::bigint" }),
      ),
      3_000,
    ],
    [
      "on a later instant of another unit",
      all(
        file(
          X,
          named("1", {
            recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0006'",
            duration_seconds: "3000::bigint",
          }),
        ),
        file(`${DAY}/y`, named("1", { duration_seconds: "5000::bigint" })),
      ),
      3_000,
    ],
  ])("%s", async (_, make, expected, below) => {
    await using stack = await stackOver(make, below);
    const fromCalls = await seconds(stack);
    await stack.rollUp();
    expect([fromCalls, await seconds(stack), await billed(stack)]).toEqual([expected, expected, expected]);
  });

  test("if a name of another partner is not UTF-8", async () => {
    const agent = { agent_id: `'${CARLA}'`, organization_id: `'${BAKERY}'`, reseller_id: `'${SOUTH}'` };
    await using stack = await stackOver(async (lake) => {
      await THREE(lake);
      const names = { external_id: "'x'", internal_id: "'y'", name: "'Zo-XYZ'" };
      await writeRows(lake, "agents/more.parquet", [{ ...agent, ...names }], ", COMPRESSION uncompressed");
      await replaceBytes(join(lake, "agents/more.parquet"), "Zo-XYZ", [0x5a, 0x6f, 0x2d, 0xff, 0xe2, 0x82]);
    });
    const fromCalls = await seconds(stack);
    await stack.rollUp();
    expect([fromCalls, await seconds(stack), await billed(stack)]).toEqual([3_000, 3_000, 3_000]);
    const south = await stack.ask({ query: "?start_date=2026-04-10&end_date=2026-04-10", claim: [SOUTH] });
    expect([south.status, south.text]).toEqual([
      200,
      expect.stringContaining('"agent_name":"Zo-\ufffd\ufffd"'),
    ]);
  });
});

describe.concurrent("the bill refuses, with its reason, what calls and rollup agree on", () => {
  test.each<[string, Make, number, string]>([
    [
      "a file without recorded_at",
      all(THREE, file(`${DAY}/y`, without(named("4"), "recorded_at"))),
      3_000,
      "missing_recorded_at 1 on 2026-04-10",
    ],
    [
      "a file with duration instead of duration_seconds",
      all(THREE, file(`${DAY}/y`, { ...without(named("4"), "duration_seconds"), duration: "5" })),
      3_000,
      "duration_missing 1 on 2026-04-10",
    ],
  ])("%s", async (_, make, expected, reason) => {
    await using stack = await stackOver(make);
    const fromCalls = await seconds(stack);
    await stack.rollUp();
    expect([fromCalls, await seconds(stack)]).toEqual([expected, expected]);
    expect(await billed(stack)).toContain(reason);
  });
});

const logLine = z.looseObject({ code: z.string(), causes: z.array(z.object({ message: z.string() })) });

/** Waits for a log line of this kind with this text; it comes through a pipe, possibly after the answer. */
async function untilLogged(stack: TestStack, kind: "request" | "rollup" | "snapshot", words: string) {
  const failures = () =>
    stack
      .log()
      .split("\n")
      .filter((line) => line.includes(`"message":"${kind}"`) && line.includes('"level":"error"'))
      .map((line) => {
        const { code, causes } = logLine.parse(JSON.parse(line));
        return [code, ...causes.map(({ message }) => message)].join("\n");
      });
  await vi.waitFor(() => expect(failures().at(-1)).toContain(words), { timeout: 10_000 });
}

describe.concurrent("a file that cannot be read", () => {
  const BAD = "call_usage/dt=2026-04-11/part-00000-7d1e0000-0000-4000-8000-000000000001.c000.parquet";
  const cases: [string, Make, string][] = [
    [
      "because started_at is an epoch integer",
      file(BAD, named("9", { started_at: "1775811600000::bigint" })),
      `${BAD}: column started_at is INT64 (INTEGER); expected timestamp.`,
    ],
    [
      "because it is not Parquet",
      put(BAD, "hello world, this is not Parquet"),
      `${BAD} is not a Parquet file`,
    ],
    ...(onTrino
      ? []
      : [
          [
            "because ids have the UUID type",
            file(BAD, named("9", { call_id: `'${id("9")}'::uuid` })),
            `${BAD}: column call_id is FIXED_LEN_BYTE_ARRAY (UUID); expected varchar.`,
          ] satisfies [string, Make, string],
        ]),
  ];

  test.each(cases)(
    "stops its own day if it %s, and log, rollup and bill name it",
    async (_, make, reason) => {
      const words = onTrino ? "" : reason;
      await using stack = await stackOver(
        all(
          THREE,
          make,
          file(
            "call_usage/dt=2026-04-12/x",
            named("4", { started_at: "TIMESTAMP_MS '2026-04-12 09:00:00'" }),
          ),
        ),
      );
      expect(await seconds(stack, "2026-04-10", "2026-04-10")).toBe(3_000);
      expect(await seconds(stack, "2026-04-12", "2026-04-30")).toBe(1_000);
      expect(await seconds(stack, "2026-04-11", "2026-04-11")).toBe(-500);
      expect(await seconds(stack)).toBe(-500);
      await untilLogged(stack, "request", "internal_error\n");
      await untilLogged(stack, "request", words);

      await expect(stack.rollUp()).rejects.toThrow("The merge failed for 1 of the days. 2026-04-11: ");
      await untilLogged(stack, "rollup", words);
      expect(await seconds(stack, "2026-04-10", "2026-04-10")).toBe(3_000);
      expect(await seconds(stack, "2026-04-12", "2026-04-12")).toBe(1_000);
      await expect(stack.snapshot(BY_HAND)).rejects.toThrow("The answer could not be made");
      await untilLogged(stack, "snapshot", words);
    },
  );

  test("among 40 days is found in few executions, and all other days are rolled up", async () => {
    const first = day("2026-01-10");
    const days = Array.from({ length: 40 }, (_, index) => addDays(first, index));
    await using stack = await stackOver(async (lake) => {
      for (const dt of days) {
        await writeRows(lake, `call_usage/dt=${dt}/x`, [
          named(dt.replaceAll("-", ""), { started_at: `TIMESTAMP_MS '${dt} 09:00:00'` }),
        ]);
      }
      await put("call_usage/dt=2026-02-11/bad", "hello world, this is not Parquet")(lake);
    });
    stack.faults.set([]);
    const rollup = stack.rollUp();
    await expect(rollup).rejects.toThrow("The merge failed for 1 of the days. 2026-02-11: ");
    await expect(rollup).rejects.toThrow(onTrino ? "" : "call_usage/dt=2026-02-11/bad is not a Parquet file");
    // Each day of February alone, with four attempts, would take more than 70.
    expect(stack.faults.calls()["StartQueryExecution"]).toBeLessThan(40);
    expect(await seconds(stack, "2026-01-01", "2026-02-10")).toBe(32_000);
    expect(await seconds(stack, "2026-02-12", "2026-03-31")).toBe(7_000);
  });
});
