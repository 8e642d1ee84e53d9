import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freshnessWindow } from "../../lib/athena/token.ts";
import { budgetWindow } from "../../lib/execution-budget.ts";

const NOON = Date.UTC(2026, 4, 1, 12);

describe("the window of a budget", () => {
  test("is a minute with six slices of ten seconds, each with a third of the minute's executions", () => {
    const limits = { perMinute: 60, freshnessSeconds: 60 };
    expect(budgetWindow(NOON + 34_500, limits)).toEqual({
      start: NOON / 1_000,
      end: NOON / 1_000 + 60,
      limit: 60,
      slice: 3,
      sliceEnd: NOON / 1_000 + 40,
      sliceLimit: 20,
    });
  });

  test.each([
    [0, 60],
    [1, 60],
    [45, 90],
    [60, 60],
    [90, 90],
    [600, 600],
    [601, 60],
    [86_400, 60],
  ])(
    "has with a freshness of %i s a length of %i s, and as many executions as its minutes",
    (freshnessSeconds, length) => {
      const { start, end, limit } = budgetWindow(NOON, { perMinute: 60, freshnessSeconds });
      expect([end - start, limit]).toEqual([length, length]);
    },
  );

  test("has the instant within it and within its slice, and has whole freshness windows", () => {
    const instants = fc.integer({ min: 0, max: 4_102_444_800_000 });
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 600 }), (now, freshnessSeconds) => {
        const { start, end, slice, sliceEnd } = budgetWindow(now, { perMinute: 60, freshnessSeconds });
        expect(start * 1_000).toBeLessThanOrEqual(now);
        expect(sliceEnd * 1_000).toBeGreaterThan(now);
        expect(sliceEnd).toBeLessThanOrEqual(end);
        expect(start + slice * 10).toBeLessThanOrEqual(now / 1_000);
        // An identical request of the same freshness window is in the same window of the budget.
        const first = freshnessWindow(now, freshnessSeconds) * freshnessSeconds;
        const isWhole = start <= first && first + freshnessSeconds <= end;
        expect(isWhole).toBe(true);
      }),
    );
  });
});
