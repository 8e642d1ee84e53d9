import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileClaim, isEmptyForm, RESELLERS, STRANGER, wholeElements } from "../../lib/hostile-claims.ts";
import type { Sent } from "../../lib/http/events.ts";
import { valuesFor } from "../../lib/usage/placeholders.ts";
import { uuids } from "../../lib/valid.ts";
import { startService } from "./service.ts";

const DATES = { start_date: "2026-04-01", end_date: "2026-04-30" };
const CALLERS = 12_000;

/** A filter by reseller: of the claim's, of others, or of both; now and then the same ids as organizations. */
const filters = fc.record({
  resellers: fc.option(fc.subarray([...RESELLERS, STRANGER, ...uuids(2)], { minLength: 1 }), {
    nil: undefined,
  }),
  organizations: fc.option(fc.subarray([...RESELLERS, STRANGER], { minLength: 1 }), { nil: undefined }),
  method: fc.constantFrom("GET", "POST"),
});
type Filters = typeof filters extends fc.Arbitrary<infer Drawn> ? Drawn : never;

function requestWith(claim: unknown, { resellers, organizations, method }: Filters): Sent {
  const claims = claim === undefined ? { sub: "portal" } : { sub: "portal", reseller_ids: claim };
  if (method === "POST") {
    const body = JSON.stringify({ ...DATES, organization_ids: organizations, reseller_ids: resellers });
    return { method, claims, body, headers: { "content-type": "application/json" } };
  }
  const query = new URLSearchParams(DATES);
  if (organizations) query.append("organization_ids", organizations.join(","));
  for (const id of resellers ?? []) query.append("reseller_ids[]", id);
  return { method, claims, query: query.toString() };
}

describe("12,000 callers with hostile claims", () => {
  test("start no query outside their claim, whatever they ask for", async () => {
    const seen = { refused: 0, unasked: 0, asked: 0 };
    await fc.assert(
      fc.asyncProperty(hostileClaim, filters, async (claim, filter) => {
        const service = startService();
        const { status, body } = await service.send(requestWith(claim, filter));
        const { queries, lines } = service;
        const named = wholeElements(claim);

        // Refused as a whole, or answered; never anything else, and never more than one query.
        expect([200, 403]).toContain(status);
        expect(queries.length).toBeLessThanOrEqual(status === 200 ? 1 : 0);
        expect(isEmptyForm(claim) && (status !== 200 || queries.length > 0)).toBe(false);

        // Each query: every reseller in it is named in the claim and, where there is a filter, in that too.
        for (const query of queries) {
          const allowed = [...named].filter(
            (id) => filter.resellers?.some((wanted) => wanted === id) ?? true,
          );
          expect(valuesFor("reseller_id", query)).toEqual(new Set(allowed));
          expect(valuesFor("organization_id", query)).toEqual(new Set(filter.organizations));
        }

        // Neither the answer nor the log tells who was named.
        for (const id of [...RESELLERS, STRANGER]) expect(body + lines.join("")).not.toContain(id);
        expect(lines).toHaveLength(1);

        if (status === 403) seen.refused += 1;
        else if (queries.length === 0) seen.unasked += 1;
        else seen.asked += 1;
      }),
      { numRuns: CALLERS },
    );
    // The claims are hostile, not hopeless: each outcome is met often.
    expect(Math.min(seen.refused, seen.unasked, seen.asked)).toBeGreaterThan(500);
  });
});
