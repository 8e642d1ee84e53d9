import {
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type PollPacing,
  pollInterval,
  scanCutoff,
  startExecution,
  stopExecution,
  TRIES,
  waitUntilFinished,
} from "../../../lib/athena/execution.ts";
import {
  internalFault,
  refused,
  type Step,
  scriptedAthena,
  throttled,
  withoutWaiting,
} from "./scripted-athena.ts";

vi.mock("node:timers/promises", () => import("./fake-sleep.ts"));

const NEVER = new AbortController().signal;
const LONG_AGO = Number.NEGATIVE_INFINITY;
const RUNNING: Step = { state: "RUNNING" };
const QUEUED: Step = { state: "QUEUED" };
const SUCCEEDED: Step = { state: "SUCCEEDED" };

beforeEach(() => {
  vi.useFakeTimers();
  // No jitter: a wait has its maximum length.
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Waits for an execution with that sequence of states; returns how it ended, and when each status call was sent. */
async function waitFor(life: readonly Step[], pacing: PollPacing = { throttledAt: LONG_AGO }) {
  const athena = scriptedAthena();
  athena.executions(life);
  const startedAt = Date.now();
  const { Status } = await withoutWaiting(waitUntilFinished(athena.client, "execution-1", pacing, NEVER));
  return { state: Status?.State, polls: athena.pollTimes.map((time) => time - startedAt) };
}

function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

describe("the time from one poll to the next", () => {
  test.each([
    ["100 ms at first", 500, LONG_AGO, 100],
    ["100 ms for four seconds", 4_000, LONG_AGO, 100],
    ["then a fortieth of the time waited", 8_000, LONG_AGO, 200],
    ["wider up to the end of a request", 27_000, LONG_AGO, 675],
    ["400 ms after a throttled call", 500, 500, 400],
    ["400 ms for the next minute", 500, 500 - 59_999, 400],
    ["100 ms again after that", 500, 500 - 60_000, 100],
    ["the wider of the two", 20_000, 19_000, 500],
  ])("is %s", (_, now, throttledAt, expected) => {
    expect(pollInterval(now, 0, { throttledAt })).toBe(expected);
  });
});

describe("waiting for an execution", () => {
  test.each(["SUCCEEDED", "FAILED", "CANCELLED"] as const)("ends when it is %s", async (state) => {
    expect(await waitFor([RUNNING, { state }])).toEqual({ state, polls: [500, 600] });
  });

  test("continues if it falls from RUNNING back to QUEUED", async () => {
    const { state, polls } = await waitFor([QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]);
    expect(state).toBe("SUCCEEDED");
    expect(polls).toEqual([500, 600, 700, 800, 900]);
  });

  test("sends about 26 calls for a query of 3 s, and less than 120 for one of 27 s", async () => {
    expect((await waitFor([...times(25, RUNNING), SUCCEEDED])).polls).toHaveLength(26);
    const { polls } = await waitFor([...times(119, RUNNING), SUCCEEDED]);
    expect(polls.at(-1)).toBeGreaterThan(27_000);
  });

  test("backs off after a throttled call, and polls every 400 ms for the next minute", async () => {
    const pacing = { throttledAt: LONG_AGO };
    const { polls } = await waitFor([throttled(), RUNNING, RUNNING, SUCCEEDED], pacing);
    expect(polls).toEqual([500, 500 + 200 + 400, 1_500, 1_900]);
  });

  test("tells the other requests of the process that calls are throttled", async () => {
    const pacing = { throttledAt: LONG_AGO };
    await waitFor([throttled(), SUCCEEDED], pacing);
    expect((await waitFor([RUNNING, RUNNING, SUCCEEDED], pacing)).polls).toEqual([500, 900, 1_300]);
  });

  test("backs off after a service fault without affecting other requests", async () => {
    const pacing = { throttledAt: LONG_AGO };
    const { polls } = await waitFor([internalFault(), internalFault(), SUCCEEDED], pacing);
    expect(polls).toEqual([500, 500 + 200 + 100, 800 + 400 + 100]);
    expect(pacing.throttledAt).toBe(LONG_AGO);
  });

  test("backs off longer after each consecutive failure, and starts again after a success", async () => {
    const { polls } = await waitFor([internalFault(), internalFault(), RUNNING, internalFault(), SUCCEEDED]);
    expect(polls).toEqual([500, 800, 1_300, 1_400, 1_700]);
  });

  test("ends with a permanent error", async () => {
    const error = refused("QueryExecution execution-1 was not found");
    await expect(waitFor([RUNNING, error])).rejects.toBe(error);
  });

  test("ends at once when the request is over, and leaves no timer", async () => {
    const athena = scriptedAthena();
    athena.executions([RUNNING]);
    const controller = new AbortController();
    const waiting = waitUntilFinished(
      athena.client,
      "execution-1",
      { throttledAt: LONG_AGO },
      controller.signal,
    );
    const ended = Promise.allSettled([waiting]);
    await vi.advanceTimersByTimeAsync(550);
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(await ended).toEqual([{ status: "rejected", reason: expect.any(Error) }]);
    expect(athena.pollTimes).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("starting an execution", () => {
  const input = { QueryString: "SELECT 1", ClientRequestToken: "t".repeat(64) };

  test("is repeated with exactly the same input, so that no second execution is paid for", async () => {
    const athena = scriptedAthena();
    athena.script
      .on(StartQueryExecutionCommand)
      .rejectsOnce(throttled())
      .rejectsOnce(internalFault())
      .resolves({ QueryExecutionId: "execution-1" });
    expect(await withoutWaiting(startExecution(athena.client, input, NEVER))).toBe("execution-1");
    expect(athena.started()).toEqual([input, input, input]);
  });

  test("fails after the last attempt", async () => {
    const athena = scriptedAthena();
    const error = throttled();
    athena.script.on(StartQueryExecutionCommand).rejects(error);
    await expect(withoutWaiting(startExecution(athena.client, input, NEVER))).rejects.toBe(error);
    expect(athena.started()).toHaveLength(TRIES);
  });

  test("waits for throttling to end if allowed, for longer than the attempts of another failure", async () => {
    const athena = scriptedAthena();
    const start = athena.script.on(StartQueryExecutionCommand);
    for (let refusals = 0; refusals < 10 * TRIES; refusals += 1) start.rejectsOnce(throttled());
    start.resolves({ QueryExecutionId: "execution-1" });
    expect(await withoutWaiting(startExecution(athena.client, input, NEVER, true))).toBe("execution-1");
    expect(athena.started()).toHaveLength(10 * TRIES + 1);
  });

  test("continues to wait if another failure occurs in between", async () => {
    const athena = scriptedAthena();
    const start = athena.script.on(StartQueryExecutionCommand);
    for (let refusals = 0; refusals < 40; refusals += 1)
      start.rejectsOnce(refusals % 10 === 9 ? internalFault() : throttled());
    start.resolves({ QueryExecutionId: "execution-1" });
    expect(await withoutWaiting(startExecution(athena.client, input, NEVER, true))).toBe("execution-1");
  });

  test("fails with the throttling, not with the abort, if it is throttled until the signal aborts", async () => {
    const athena = scriptedAthena();
    const error = throttled();
    athena.script.on(StartQueryExecutionCommand).rejects(error);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 600_000);
    const started = startExecution(athena.client, input, controller.signal, true);
    await expect(withoutWaiting(started)).rejects.toBe(error);
    expect(athena.started().length).toBeGreaterThan(300);
  });

  test("does not wait for another failure to end", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).rejects(internalFault());
    await expect(withoutWaiting(startExecution(athena.client, input, NEVER, true))).rejects.toMatchObject({
      name: "InternalServerException",
    });
    expect(athena.started()).toHaveLength(TRIES);
  });

  test("fails if the answer names no execution", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).resolves({});
    await expect(startExecution(athena.client, input, NEVER)).rejects.toThrow("QueryExecutionId");
  });
});

describe("stopping an execution", () => {
  test("is done once and never fails, because its request has already failed", async () => {
    const athena = scriptedAthena();
    athena.script.on(StopQueryExecutionCommand).rejects(throttled());
    await stopExecution(athena.client, "execution-1");
    expect(athena.stopped()).toEqual(["execution-1"]);
  });
});

describe("the scan cutoff", () => {
  test("is the workgroup's, and undefined if it has none", async () => {
    const athena = scriptedAthena();
    expect(await scanCutoff(athena.client, "reports", NEVER)).toBeUndefined();
    athena.scanCutoff(10_000_000);
    expect(await scanCutoff(athena.client, "reports", NEVER)).toBe(10_000_000);
  });

  test("is requested again when Athena throttles", async () => {
    const athena = scriptedAthena();
    athena.script
      .on(GetWorkGroupCommand)
      .rejectsOnce(throttled())
      .resolves({ WorkGroup: { Name: "reports", Configuration: { BytesScannedCutoffPerQuery: 5 } } });
    expect(await withoutWaiting(scanCutoff(athena.client, "reports", NEVER))).toBe(5);
  });
});

describe("every call to Athena", () => {
  test("listens to the request's signal", async () => {
    const athena = scriptedAthena();
    athena.executions([RUNNING, SUCCEEDED]);
    const { signal } = new AbortController();
    await startExecution(athena.client, { QueryString: "SELECT 1" }, signal);
    await withoutWaiting(waitUntilFinished(athena.client, "execution-1", { throttledAt: LONG_AGO }, signal));
    await scanCutoff(athena.client, "reports", signal);
    const options = athena.script.calls().map(({ args }): unknown => Reflect.get(args, 1));
    expect(options).toEqual(times(4, { abortSignal: signal }));
  });
});
