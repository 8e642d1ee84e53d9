import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Report } from "../../../lib/reports/report.ts";
import { REPORTS } from "../../../lib/reports/table.ts";
import { hostileClaim, isEmptyForm, RESELLERS, STRANGER, wholeElements } from "../../lib/hostile-claims.ts";
import type { Sent } from "../../lib/http/events.ts";
import { valuesFor } from "../../lib/usage/placeholders.ts";
import { uuids } from "../../lib/valid.ts";
import { queryStringOf, requiredMembers } from "../../report-questions.ts";
import { type Asked, startService } from "./service.ts";

const DATES = { start_date: "2026-04-01", end_date: "2026-04-30" };
/** Callers of each report. */
const CALLERS = 4_000;
/** Ids for the lists that a report requires. None of them is a reseller or an organization. */
const OTHERS = uuids(9).slice(6);

/** A filter by reseller: of the claim's, of others, or of both; sometimes the same ids as organizations. */
const filters = fc.record({
  resellers: fc.option(fc.subarray([...RESELLERS, STRANGER, ...uuids(2)], { minLength: 1 }), {
    nil: undefined,
  }),
  organizations: fc.option(fc.subarray([...RESELLERS, STRANGER], { minLength: 1 }), { nil: undefined }),
  method: fc.constantFrom("GET", "POST"),
});
type Filters = typeof filters extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** The filters that a report has parameters for. */
function filtersOf(report: Report, { organizations, ...filter }: Filters): Filters {
  return {
    ...filter,
    organizations: "organization_ids" in report.parameters.shape ? organizations : undefined,
  };
}

function requestWith(report: Report, claim: unknown, { resellers, organizations, method }: Filters): Sent {
  const { path } = report;
  const required = requiredMembers(report, DATES, OTHERS);
  const claims = claim === undefined ? { sub: "portal" } : { sub: "portal", reseller_ids: claim };
  if (method === "POST") {
    const body = JSON.stringify({ ...required, organization_ids: organizations, reseller_ids: resellers });
    return { path, method, claims, body, headers: { "content-type": "application/json" } };
  }
  const query = new URLSearchParams(queryStringOf(required));
  if (organizations) query.append("organization_ids", organizations.join(","));
  for (const id of resellers ?? []) query.append("reseller_ids[]", id);
  return { path, method, claims, query: query.toString() };
}

/** Everything that a caller learned or started although the claim does not allow it. */
function breaches(
  claim: unknown,
  { resellers, organizations }: Filters,
  { status, told, queries }: { status: number; told: string; queries: readonly Asked[] },
): string[] {
  const named = [...wholeElements(claim)];
  const allowed = new Set(named.filter((id) => resellers?.some((wanted) => wanted === id) ?? true));
  const found: string[] = [];
  if (status !== 200 && status !== 403) found.push(`answered ${status}`);
  if (queries.length > Number(status === 200)) found.push(`${queries.length} queries`);
  if (isEmptyForm(claim) && (status !== 200 || queries.length > 0))
    found.push("an empty claim that is not empty");
  for (const query of queries) {
    // Every reseller of the query is in the claim and in the filter, if there is one; none is missing.
    if (!isDeepStrictEqual(valuesFor("reseller_id", query), allowed)) found.push("other resellers");
    if (!isDeepStrictEqual(valuesFor("organization_id", query), new Set(organizations)))
      found.push("other organizations");
  }
  if ([...RESELLERS, STRANGER].some((id) => told.includes(id)))
    found.push("an id in the answer or in the log");
  return found;
}

describe.each(REPORTS)("4,000 callers of $name with hostile claims", (report) => {
  test("start no query outside their claim and learn no id, for any request", async () => {
    const seen = { refused: 0, unasked: 0, asked: 0 };
    const service = startService();
    await fc.assert(
      fc.asyncProperty(hostileClaim, filters, async (claim, drawn) => {
        const filter = filtersOf(report, drawn);
        const { status, body } = await service.send(requestWith(report, claim, filter));
        const queries = service.queries.splice(0);
        const told = body + service.lines.splice(0).join("");
        expect(breaches(claim, filter, { status, told, queries })).toEqual([]);

        if (status === 403) seen.refused += 1;
        else if (queries.length === 0) seen.unasked += 1;
        else seen.asked += 1;
      }),
      { numRuns: CALLERS },
    );
    // Each outcome occurs often.
    expect(Math.min(seen.refused, seen.unasked, seen.asked)).toBeGreaterThan(200);
  });
});
