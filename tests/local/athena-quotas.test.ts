import { describe, expect, test } from "vitest";
import { allowance, DEFAULT_QUOTAS } from "../../local/athena/quotas.ts";

/** How many of so many calls are allowed at once. */
function allowed(allows: ReturnType<typeof allowance>, operation: string, calls: number, active = 0): number {
  return Array.from({ length: calls }, () => allows(operation, active)).filter(Boolean).length;
}

describe("the quotas of the local Athena", () => {
  test("allow a burst of 80 starts and stops, and then 20 a second", () => {
    const clock = { now: 0 };
    const allows = allowance(DEFAULT_QUOTAS, () => clock.now);
    expect(allowed(allows, "StartQueryExecution", 60) + allowed(allows, "StopQueryExecution", 40)).toBe(80);
    clock.now = 1_000;
    expect(allowed(allows, "StartQueryExecution", 100)).toBe(20);
    clock.now = 60_000;
    expect(allowed(allows, "StartQueryExecution", 100)).toBe(80);
  });

  test("allow a burst of 200 status calls, and then 100 a second", () => {
    const clock = { now: 0 };
    const allows = allowance(DEFAULT_QUOTAS, () => clock.now);
    expect(allowed(allows, "GetQueryExecution", 300)).toBe(200);
    clock.now = 1_000;
    expect(allowed(allows, "GetQueryExecution", 300)).toBe(100);
  });

  test("refuse a start beyond the active queries, and no other call", () => {
    const allows = allowance(DEFAULT_QUOTAS, () => 0);
    expect(allowed(allows, "StartQueryExecution", 1, 24)).toBe(1);
    expect(allowed(allows, "StartQueryExecution", 1, 25)).toBe(0);
    expect(allowed(allows, "GetQueryExecution", 1, 25)).toBe(1);
  });
});
