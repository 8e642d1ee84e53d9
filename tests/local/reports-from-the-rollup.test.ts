import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { ROLLUP_BUCKET } from "../../local/functions.ts";
import { APRIL, call, id, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { s3Client } from "./s3-client.ts";
import { type Answer, type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

const CALLS = [
  ...LAKE.call_usage,
  ...LAKE.call_usage,
  call("1", { recorded_at: new Date("2026-04-11T00:00:00Z"), duration_seconds: 61n }),
];
const REQUESTS = [
  { query: APRIL, claim: [NORTH, SOUTH] },
  { query: APRIL, claim: [NORTH], headers: { accept: "text/csv" } },
  { query: "?start_date=2026-04-11&end_date=2026-05-20", claim: [SOUTH] },
  { query: "?start_date=2026-01-01&end_date=2026-04-10", claim: [NORTH] },
  { query: `${APRIL}&organization_ids=${id("b4")}`, claim: [NORTH, SOUTH] },
];

let stack: TestStack;
let before: string[];

beforeAll(async () => {
  stack = await stackOver(
    { ...LAKE, call_usage: CALLS },
    { filesPerDay: 2 },
    { rollsUp: true, environment: { FRESHNESS_SECONDS: "0", ANSWERS_LOCATION: "" } },
  );
  before = await answers();
});
afterAll(() => stack[Symbol.asyncDispose]());

async function answers(): Promise<string[]> {
  const all = await Promise.all(REQUESTS.map(ask));
  expect(all.map(({ status }) => status)).toEqual(REQUESTS.map(() => 200));
  return all.map(({ text }) => text);
}

/** Only the first of the requests, whose log line is then the last. */
async function askFirst(): Promise<void> {
  const [first = {}] = REQUESTS;
  expect((await ask(first)).text).toBe(before[0]);
}

const requestLine = z.looseObject({ Rows: z.number(), RolledDays: z.optional(z.number()) });
let asked = 0;

async function ask(request: AskOptions): Promise<Answer> {
  asked += 1;
  return stack.ask(request);
}

/** The last request's log line; it may come after the answer. */
async function lastLine(): Promise<z.infer<typeof requestLine>> {
  const lines = await vi.waitFor(() => {
    const some = stack
      .log()
      .split("\n")
      .filter((line) => line.includes('"message":"request"'));
    if (some.length < asked) throw new Error("the last request has not logged yet");
    return some;
  });
  return requestLine.parse(JSON.parse(lines.at(-1) ?? "{}"));
}

/** A state object that covers these days, whatever the table has. */
function stateOf(lake: string, covered: readonly [from: string, through: string] | null): string {
  const [from = "", through = ""] = covered ?? [];
  const length = Math.max(0, (Date.parse(through) - Date.parse(from)) / 86_400_000 + 1);
  const days = covered && { from, through, marks: Array.from({ length }, () => "mark") };
  return JSON.stringify({ schema_version: 2, lake, definition: "calls-2", covered: days, in_flux: [] });
}

async function putState(text: string): Promise<void> {
  const s3 = s3Client(stack.s3);
  await s3.send(new PutObjectCommand({ Bucket: ROLLUP_BUCKET, Key: STATE_NAME, Body: text }));
  s3.destroy();
}

describe("a report", () => {
  test("has the same bytes before and after its days are rolled up", async () => {
    await askFirst();
    expect(await lastLine()).toMatchObject({ RolledDays: 0, RollupFallbacks: 0 });
    expect(await stack.rollUp()).toMatchObject({ outcome: "caught_up", closed_through: "2026-04-20" });
    expect(await answers()).toEqual(before);
    await askFirst();
    expect(await lastLine()).toMatchObject({ RolledDays: 11, RollupFallbacks: 0, Executions: 1 });
  });

  test("of rolled-up days reads only the rollup, and each day's mark, but no call", async () => {
    await ask({ query: "?start_date=2026-04-10&end_date=2026-04-20", claim: [NORTH] });
    const rolled = await lastLine();
    await putState(stateOf("s3://lake/", null));
    await ask({ query: "?start_date=2026-04-10&end_date=2026-04-20", claim: [NORTH] });
    const raw = await lastLine();
    expect([rolled.RolledDays, raw.RolledDays]).toEqual([11, 0]);
    // The same figures, and a mark for each of the eleven days.
    expect(rolled.Rows - raw.Rows).toBe(11);
  });

  test.each([
    ["is not JSON", "{"],
    ["has another version", stateOf("s3://lake/", null).replace(":2", ":3")],
    ["belongs to another lake", stateOf("s3://other/", ["2026-01-01", "2026-04-20"])],
    ["ends before it begins", stateOf("s3://lake/", ["2026-04-20", "2026-04-10"])],
    ["claims days that the table lacks", stateOf("s3://lake/", ["2020-01-01", "2026-05-20"])],
  ])("is the same if the rollup's state %s: read from the calls, and counted", async (_, state) => {
    await putState(state);
    await askFirst();
    expect(await lastLine()).toMatchObject({ RollupFallbacks: 1 });
    expect(await lastLine()).toHaveProperty("rollup_fallback.0.message");
  });

  test.each([
    [503, "SlowDown"],
    [403, "AccessDenied"],
  ])("is the same if S3 answers %d to the state, and is counted as a fallback", async (status, type) => {
    await stack.rollUp();
    stack.faults.set([{ on: "GetObject", times: 2, effect: { kind: "refuse", status, type } }]);
    await askFirst();
    stack.faults.set([]);
    expect(await lastLine()).toMatchObject({ RollupFallbacks: 1 });
  });

  test("reads the next run's rollup again", async () => {
    expect(await stack.rollUp()).toMatchObject({ days_due: 0 });
    await askFirst();
    expect(await lastLine()).toMatchObject({ RollupFallbacks: 0, RolledDays: 11 });
  });
});

test("a month is closed from its calls, never from the rollup", async () => {
  const closing = stack.snapshot({
    period: "2026-04",
    as_of: "2026-05-05T00:00:00Z",
    allow_missing_days: Array.from({ length: 30 }, (_, day) => `2026-04-${String(day + 1).padStart(2, "0")}`),
    reason: "a small lake",
  });
  await expect(closing).resolves.toMatchObject({ outcome: "closed" });
});
