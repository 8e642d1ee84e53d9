import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backOff, isExpired, isPassing, isThrottled, withRetries } from "../../../lib/aws/retry.ts";
import { S3Error } from "../../../lib/s3/read-object.ts";
import { internalFault, refused, throttled, withoutWaiting } from "../athena/scripted-athena.ts";

vi.mock("node:timers/promises", () => import("../athena/fake-sleep.ts"));

const NEVER = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function failingWith(...errors: readonly Error[]) {
  const call = vi.fn<() => Promise<string>>().mockResolvedValue("done");
  for (const error of errors) call.mockRejectedValueOnce(error);
  return call;
}

describe("an error", () => {
  test.each([
    ["Athena's throttling", throttled(), true],
    ["a ThrottlingException", named("ThrottlingException"), true],
    ["a status of 429", Object.assign(new Error("busy"), { $metadata: { httpStatusCode: 429 } }), true],
    ["a fault of the service", internalFault(), false],
    ["a refusal", refused(), false],
    ["a refusal that speaks of throttling", refused("ThrottlingException: Rate exceeded"), false],
  ])("is throttling because of its type, never because of its text: %s", (_, error, expected) => {
    expect(isThrottled(error)).toBe(expected);
  });

  test.each([
    ["throttling", throttled(), true],
    ["a fault of the service", internalFault(), true],
    ["S3's slow down", new S3Error(503), true],
    ["a lost connection", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }), true],
    ["a timeout", named("TimeoutError"), true],
    ["a refusal", refused(), false],
    ["a refusal that speaks of a timeout", refused("TimeoutError: read ECONNRESET 503"), false],
    ["a missing permission", named("AccessDeniedException"), false],
    ["S3's refusal", new S3Error(400), false],
    ["a changed object", new S3Error(412), false],
    ["a fault of our own", new TypeError("undefined is not a function"), false],
    ["a string", "ThrottlingException", false],
    ["nothing", undefined, false],
  ])("is transient because of its type, never because of its text: %s", (_, error, expected) => {
    expect(isPassing(error)).toBe(expected);
  });
});

describe("expired credentials", () => {
  test.each([
    ["ExpiredTokenException", true],
    ["ExpiredToken", true],
    ["AccessDeniedException", false],
  ])("are recognized by the error's name: %s", (name, expected) => {
    expect(isExpired(named(name))).toBe(expected);
    expect(isExpired(refused(name))).toBe(false);
  });

  test("are not retried, because a retry has the same ones", () => {
    expect(isPassing(named("ExpiredTokenException"))).toBe(false);
  });
});

describe("retries", () => {
  test("continue until the call succeeds", async () => {
    const call = failingWith(throttled(), internalFault());
    expect(await withoutWaiting(withRetries(call, 5, NEVER))).toBe("done");
    expect(call).toHaveBeenCalledTimes(3);
  });

  test("end with the last error after the last attempt", async () => {
    const errors = [throttled(), throttled(), internalFault(), throttled()] as const;
    const call = failingWith(...errors);
    await expect(withoutWaiting(withRetries(call, 3, NEVER))).rejects.toBe(errors[2]);
    expect(call).toHaveBeenCalledTimes(3);
  });

  test("are not made for a permanent error", async () => {
    const error = refused();
    const call = failingWith(throttled(), error);
    await expect(withoutWaiting(withRetries(call, 5, NEVER))).rejects.toBe(error);
    expect(call).toHaveBeenCalledTimes(2);
  });

  test("end at once when the request is over, even during a wait", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const controller = new AbortController();
    const call = failingWith(throttled(), throttled(), throttled());
    const result = Promise.allSettled([withRetries(call, 5, controller.signal)]);
    await vi.advanceTimersByTimeAsync(50);
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(await result).toEqual([{ status: "rejected", reason: expect.any(Error) }]);
    expect(call).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("are not made after the request is over", async () => {
    const error = throttled();
    await expect(withRetries(failingWith(error), 5, AbortSignal.abort())).rejects.toBe(error);
  });
});

describe("the wait before a retry", () => {
  test.each([
    [1, 200],
    [2, 400],
    [3, 800],
    [4, 1_600],
    [5, 2_000],
    [50, 2_000],
  ])(
    "after %d failures is at most %d ms, at random, so that callers do not return together",
    async (failures, most) => {
      for (const random of [0, 0.25, 0.999]) {
        vi.spyOn(Math, "random").mockReturnValue(random);
        const before = Date.now();
        await withoutWaiting(backOff(failures, NEVER));
        expect(Date.now() - before).toBe(Math.floor(random * most));
      }
    },
  );
});
