import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Failure } from "../../portal/failure.ts";
import { waitingForBudget } from "../../portal/over-budget.ts";

const OVER_BUDGET: Failure = { kind: "over-budget", detail: "Later.", retryAfter: 12 };
const BUSY: Failure = { kind: "busy", detail: "", retryAfter: 12 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Sends a request that fails with these failures and is then answered; when it was sent, in milliseconds. */
function sending(failures: readonly Failure[], signal = new AbortController().signal) {
  const startedAt = Date.now();
  const times: number[] = [];
  const send = async () => {
    const failure = failures[times.length];
    times.push(Date.now() - startedAt);
    return failure === undefined
      ? ({ ok: true, value: "answer" } as const)
      : ({ ok: false, failure } as const);
  };
  return { times, ended: Promise.allSettled([waitingForBudget(send, signal)]) };
}

describe("a request of a partner that has started too many queries", () => {
  test("waits as long as the service says, and a little more, and is then answered", async () => {
    const { times, ended } = sending([OVER_BUDGET]);
    await vi.runAllTimersAsync();
    expect(await ended).toMatchObject([{ value: { ok: true, value: "answer" } }]);
    expect(times).toHaveLength(2);
    expect(times[1]).toBeGreaterThanOrEqual(12_000);
    expect(times[1]).toBeLessThan(15_001);
  });

  test("waits twice, and then says why there are no figures", async () => {
    const { times, ended } = sending([OVER_BUDGET, OVER_BUDGET, OVER_BUDGET]);
    await vi.runAllTimersAsync();
    expect(await ended).toMatchObject([{ value: { ok: false, failure: OVER_BUDGET } }]);
    expect(times).toHaveLength(3);
  });

  test("ends where the page asks for something else meanwhile", async () => {
    const controller = new AbortController();
    const { times, ended } = sending([OVER_BUDGET], controller.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort();
    expect(await ended).toMatchObject([{ status: "rejected", reason: { name: "AbortError" } }]);
    await vi.runAllTimersAsync();
    expect(times).toHaveLength(1);
  });

  test("does not wait for a service that is busy: the reader decides", async () => {
    const { times, ended } = sending([BUSY]);
    expect(await ended).toMatchObject([{ value: { ok: false, failure: BUSY } }]);
    expect(times).toHaveLength(1);
  });
});
