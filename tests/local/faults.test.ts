import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REPORTS } from "../../lib/reports/table.ts";
import type { FaultRule } from "../../local/faults.ts";
import { expectedReport } from "../oracle.ts";
import { queryStringOf, requiredMembers } from "../report-questions.ts";
import { ANNA, APRIL, LAKE, NORTH } from "./fixture.ts";
import { type Answer, stackOver, type TestStack } from "./test-stack.ts";

const DAYS = { start_date: "2026-04-01", end_date: "2026-04-30" };

/** The reports in turn, one for each test, so that the faults meet all of them. */
const turns = (function* turns() {
  for (;;) yield* REPORTS;
})();

/** No sharing, so that each request has its own executions. */
const environment = { FRESHNESS_SECONDS: "0" };

let stack: TestStack;
/** A stack whose function has so little time that it runs out. */
let hasty: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE, {}, { environment, bytesScannedCutoff: 1_000_000 });
  hasty = await stackOver(LAKE, {}, { environment, timeout: 3 });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await hasty[Symbol.asyncDispose]();
});

interface Outcome extends Answer {
  /** What the same request is answered without a fault. */
  readonly whole: string;
  /** Counts of Athena's operations and of GetObject. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Each report's answer without a fault. */
const wholes = new Map<string, string>();

/** Sends one whole request while these faults are injected. */
async function askWith(rules: readonly FaultRule[], over = stack): Promise<Outcome> {
  const report = turns.next().value;
  const request = {
    path: report.path,
    query: queryStringOf(requiredMembers(report, DAYS, [ANNA])),
    claim: [NORTH],
  };
  over.faults.set([]);
  const whole = wholes.get(report.name) ?? (await over.ask(request)).text;
  wholes.set(report.name, whole);
  over.faults.set(rules);
  const answer = await over.ask(request);
  return { ...answer, whole, calls: over.faults.calls() };
}

function refuse(on: string, status: number, type: string, times?: number): FaultRule {
  return { on, effect: { kind: "refuse", status, type }, ...(times !== undefined && { times }) };
}

function show(
  state: "QUEUED" | "RUNNING" | "FAILED" | "CANCELLED",
  rule: Partial<FaultRule> = {},
): FaultRule {
  return { on: "GetQueryExecution", effect: { kind: "show", state }, ...rule };
}

const START = "StartQueryExecution";
const STATUS = "GetQueryExecution";
const PAGES = "GetQueryResults";
const OBJECT = "GetObject";
const THROTTLED = [400, "TooManyRequestsException"] as const;
const RETRYABLE = { kind: "show", state: "FAILED", retryable: true } as const;
const DENIED = refuse(OBJECT, 403, "AccessDenied");

test("the request without a fault is answered as the oracle says", async () => {
  const answer = await stack.ask({ query: APRIL, claim: [NORTH] });
  expect(answer.text).toBe(JSON.stringify(expectedReport(LAKE, { ...DAYS, resellers: [NORTH] })));
});

describe("a transient fault is hidden from the caller", () => {
  test.each<[string, FaultRule[], Record<string, number>]>([
    ["a start throttled twice", [refuse(START, ...THROTTLED, 2)], { [START]: 3 }],
    ["a start that fails with a 500", [refuse(START, 500, "InternalServerException", 1)], { [START]: 2 }],
    ["a start whose connection drops", [{ on: START, times: 2, effect: { kind: "drop" } }], { [START]: 3 }],
    [
      "a start whose answer hangs",
      [{ on: START, times: 1, effect: { kind: "delay", milliseconds: 6_000 } }],
      { [START]: 2 },
    ],
    [
      "a start by a clock ten minutes behind",
      [
        {
          on: START,
          times: 1,
          effect: { kind: "refuse", status: 403, type: "InvalidSignatureException", secondsAhead: 600 },
        },
      ],
      { [START]: 2 },
    ],
    ["a status throttled once", [refuse(STATUS, ...THROTTLED, 1)], { [START]: 1 }],
    ["a status that fails with a 503", [refuse(STATUS, 503, "ServiceUnavailable", 3)], { [START]: 1 }],
    ["a status whose connection drops", [{ on: STATUS, times: 1, effect: { kind: "drop" } }], { [START]: 1 }],
    [
      "RUNNING that falls back to QUEUED",
      [show("RUNNING", { times: 1 }), show("QUEUED", { after: 1, times: 2 })],
      { [START]: 1 },
    ],
    [
      "an execution that FAILED and may be retried",
      [{ on: STATUS, times: 1, effect: RETRYABLE }],
      { [START]: 2 },
    ],
    [
      "an execution that somebody else CANCELLED",
      [show("CANCELLED", { times: 1 })],
      { [START]: 2, GetWorkGroup: 1 },
    ],
    ["an object that may not be read", [DENIED], { [OBJECT]: 1, [PAGES]: 1 }],
    ["an object that is missing", [refuse(OBJECT, 404, "NoSuchKey")], { [OBJECT]: 1, [PAGES]: 1 }],
    ["pages throttled twice", [DENIED, refuse(PAGES, ...THROTTLED, 2)], { [OBJECT]: 1, [PAGES]: 3 }],
    ["an object refused twice", [refuse(OBJECT, 503, "SlowDown", 2)], { [OBJECT]: 3 }],
    [
      "an object cut on its way",
      [{ on: OBJECT, times: 2, effect: { kind: "cut", bytes: 10 } }],
      { [OBJECT]: 3 },
    ],
    [
      "an object whose connection drops",
      [{ on: OBJECT, times: 1, effect: { kind: "drop" } }],
      { [OBJECT]: 2 },
    ],
  ])("%s", async (_, rules, calls) => {
    const answer = await askWith(rules);
    expect([answer.status, answer.text]).toEqual([200, answer.whole]);
    expect(answer.calls).toMatchObject(calls);
    expect(answer.calls).not.toHaveProperty("StopQueryExecution");
  });
});

describe("a permanent fault is an error, never a smaller report", () => {
  test.each<[string, FaultRule[], number, string, Record<string, number>]>([
    ["every start throttled", [refuse(START, ...THROTTLED)], 503, "engine_unavailable", { [START]: 8 }],
    [
      "every start dropped",
      [{ on: START, effect: { kind: "drop" } }],
      503,
      "engine_unavailable",
      { [START]: 8 },
    ],
    ["a start denied", [refuse(START, 400, "AccessDeniedException")], 500, "internal_error", { [START]: 1 }],
    [
      "expired credentials",
      [refuse(START, 400, "ExpiredTokenException")],
      503,
      "engine_unavailable",
      { [START]: 1 },
    ],
    ["FAILED for good", [show("FAILED")], 500, "internal_error", { [START]: 1, [STATUS]: 1 }],
    [
      "FAILED, retryable, twice",
      [{ on: STATUS, effect: RETRYABLE }],
      503,
      "engine_unavailable",
      { [START]: 2 },
    ],
    ["CANCELLED twice", [show("CANCELLED")], 503, "engine_unavailable", { [START]: 2 }],
    [
      "CANCELLED by the scan cutoff",
      [{ on: STATUS, effect: { kind: "show", state: "CANCELLED", dataScannedInBytes: 1_000_000 } }],
      400,
      "range_too_large",
      { [START]: 1, [STATUS]: 1 },
    ],
    [
      "an object refused for good",
      [refuse(OBJECT, 503, "SlowDown")],
      503,
      "engine_unavailable",
      { [OBJECT]: 8 },
    ],
    [
      "an object cut again and again",
      [{ on: OBJECT, effect: { kind: "cut", bytes: 10 } }],
      503,
      "engine_unavailable",
      { [OBJECT]: 4 },
    ],
    [
      "an object with its header alone",
      [{ on: OBJECT, effect: { kind: "truncate", bytes: 92 } }],
      500,
      "internal_error",
      { [OBJECT]: 1 },
    ],
    [
      "an object that ends inside a line",
      [{ on: OBJECT, effect: { kind: "truncate", bytes: 150 } }],
      500,
      "internal_error",
      { [OBJECT]: 1 },
    ],
    [
      "an empty object",
      [{ on: OBJECT, effect: { kind: "truncate", bytes: 0 } }],
      500,
      "internal_error",
      { [OBJECT]: 1 },
    ],
    [
      "pages denied too",
      [DENIED, refuse(PAGES, 400, "AccessDeniedException")],
      500,
      "internal_error",
      { [PAGES]: 1 },
    ],
  ])("%s", async (_, rules, status, code, calls) => {
    const answer = await askWith(rules);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ type: `/problems/${code}`, status });
    expect(answer.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
    expect(answer.calls).toMatchObject(calls);
    expect(answer.calls).not.toHaveProperty("StopQueryExecution");
  });

  test.each<[string, FaultRule[]]>([
    ["stuck QUEUED", [show("QUEUED")]],
    ["running on and on", [show("RUNNING")]],
    ["every status throttled", [refuse(STATUS, ...THROTTLED)]],
    ["every status hanging", [{ on: STATUS, effect: { kind: "delay", milliseconds: 60_000 } }]],
    [
      "running on, and a stop that fails",
      [show("RUNNING"), refuse("StopQueryExecution", 500, "InternalServerException")],
    ],
  ])("stops the execution once when time is up: %s", async (_, rules) => {
    const answer = await askWith(rules, hasty);
    expect(answer.status).toBe(504);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(answer.calls).toMatchObject({ [START]: 1, StopQueryExecution: 1 });
  });

  test("a start whose answer comes too late is found by its token and stopped", async () => {
    const answer = await askWith(
      [{ on: START, times: 1, effect: { kind: "delay", milliseconds: 2_000 } }],
      hasty,
    );
    expect(answer.status).toBe(504);
    expect(answer.calls).toEqual({ [START]: 2, StopQueryExecution: 1 });
  });

  test("an object that stalls for ever is a 504, with nothing left to stop", async () => {
    const answer = await askWith([{ on: OBJECT, effect: { kind: "delay", milliseconds: 60_000 } }], hasty);
    expect(answer.status).toBe(504);
    expect(answer.calls).not.toHaveProperty("StopQueryExecution");
  });
});

test("faults can be set and calls read over HTTP, on this machine only", async () => {
  const url = `${stack.athena}/_local/faults`;
  const put = (rules: unknown) => fetch(url, { method: "PUT", body: JSON.stringify(rules) });
  expect((await put([{ on: START, effect: { kind: "nonsense" } }])).status).toBe(400);
  expect((await put([refuse(START, ...THROTTLED, 1)])).status).toBe(200);
  expect((await stack.ask({ query: APRIL, claim: [NORTH] })).status).toBe(200);
  expect(await (await fetch(url)).json()).toMatchObject({ [START]: 2 });
});
