import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startDeadline } from "../../lib/deadline.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a deadline", () => {
  test("aborts at its instant, not before", () => {
    using deadline = startDeadline(6_000, Date.now());
    vi.advanceTimersByTime(4_999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  test.each([1_000, 999, -1])("in the past (%d) is aborted from the start", (at) => {
    using deadline = startDeadline(at, Date.now());
    expect(deadline.signal.aborted).toBe(true);
  });

  test("that is disposed of leaves no timer, and aborts the work in progress", () => {
    const { signal, [Symbol.dispose]: dispose } = startDeadline(6_000, Date.now());
    dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(signal.aborted).toBe(true);
  });
});
