import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Lake } from "../../local/lake/records.ts";
import { generatedLake, generatedLayout, POOL } from "../generated-lake.ts";
import { expectedMonth, expectedMonthTotals, type MonthQuestion, monthFigures } from "../month-oracle.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

/** On both sides of the last instants at which the lake's records were written. */
const FIRST = "2026-05-04T06:00:00Z";
const SECOND = "2026-05-05T06:00:00Z";
const DAYS = Array.from({ length: 30 }, (_, index) => `2026-04-${String(index + 1).padStart(2, "0")}`);

function questionOf(as_of: string, resellers: readonly string[]): MonthQuestion {
  return { resellers, start_date: "2026-04-01", end_date: "2026-04-30", as_of };
}

/** The differences of the second state from the first, by reseller. */
function adjustmentsOf(lake: Lake, resellers: readonly string[]) {
  const before = monthFigures(lake, questionOf(FIRST, resellers));
  const after = monthFigures(lake, questionOf(SECOND, resellers));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const [reseller_id, organization_id, agent_id] = key.split(" ");
    const [was, is] = [before.get(key) ?? 0n, after.get(key) ?? 0n];
    const seconds = {
      seconds_before: Number(was),
      seconds_after: Number(is),
      seconds_delta: Number(is - was),
    };
    return was === is ? [] : [{ reseller_id, organization_id, agent_id, ...seconds }];
  });
}

/** The month at this revision, as a caller with these resellers gets it. */
async function textOf(stack: TestStack, claim: readonly string[], revision: number): Promise<string> {
  const query = `?revision=${revision}`;
  return (await stack.ask({ path: "/v1/billing/snapshots/2026-04", query, claim })).text;
}

test("each revision equals the oracle's month to the byte, for any lake, and the second adjusts the first", async () => {
  const callers = [...POOL.resellers.map((reseller) => [reseller]), [...POOL.resellers]];
  await fc.assert(
    fc.asyncProperty(generatedLake, generatedLayout, async (lake, layout) => {
      // These lakes have days with few calls, of which one may be in progress.
      const environment = { TOLERATED_BROKEN_RECORDS: "1000" };
      await using stack = await stackOver(lake, layout, { environment });
      const allowed = { allow_missing_days: DAYS, reason: "The lake has few days." };
      await stack.snapshot({ period: "2026-04", as_of: FIRST, ...allowed });
      const revised = await stack.snapshot({ scheduled_time: SECOND });
      const isRevised = adjustmentsOf(lake, POOL.resellers).length > 0;
      expect(revised).toMatchObject(
        isRevised ? { outcome: "revised", revision: 2 } : { outcome: "unchanged", revision: 1 },
      );
      for (const claim of callers) {
        const april = expectedMonth(lake, questionOf(FIRST, claim));
        const totals = expectedMonthTotals(april, []);
        const first = { revision: 1, as_of: FIRST, adjustments: [], totals };
        expect(await textOf(stack, claim, 1)).toBe(JSON.stringify({ ...april, ...first }));
        if (!isRevised) continue;
        const adjustments = adjustmentsOf(lake, claim);
        const later = expectedMonth(lake, questionOf(SECOND, claim));
        const sums = expectedMonthTotals(later, adjustments);
        const second = { revision: 2, as_of: SECOND, adjustments, totals: sums };
        expect(await textOf(stack, claim, 2)).toBe(JSON.stringify({ ...later, ...second }));
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
}, 240_000);
