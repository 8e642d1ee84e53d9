import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../../lib/billing/manifest.ts";
import { adjustmentsBetween, secondsOf } from "../../../lib/billing/statement.ts";
import { billedReport, snapshotJson } from "../../../lib/billing/view.ts";
import { reportJson } from "../../../lib/reports/minutes-by-organization/json.ts";
import { inReportOrder, type OrganizationUsage } from "../../../lib/usage/fold.ts";
import { uuid, uuids } from "../valid.ts";
import { anyUsage, usageOf } from "./usages.ts";
import { instant, month } from "./valid.ts";

const APRIL = month("2026-04");
const MANIFEST: Manifest = {
  schema_version: 2,
  period: APRIL,
  revision: 7,
  supersedes: { revision: 6, sha256: "0".repeat(64) },
  as_of: instant("2026-05-04T06:00:00Z"),
  allowed_missing_days: [],
  totals: { seconds: 987_654, calls: 876_543, organizations: 765_432, resellers: 654_321 },
  quality: {
    copies: 1,
    corrections: 1,
    calls_without_agent: 1,
    calls_in_progress: 1,
    negative_durations: 1,
    findings: [],
  },
  allowed_findings: [],
  allowed_shrunk_days: [],
  listing_sha256: null,
  earliest_left_out: null,
  calls_per_day: [],
  resellers: [],
};

/** Statements of three resellers, without adjustments. */
const anyStatements = fc.tuple(anyUsage, anyUsage, anyUsage).map((usages) =>
  usages.map((organizations, index) => ({
    organizations: organizations.map((organization) => ({
      ...organization,
      resellerId: uuid(String(index + 1)),
    })),
    adjustments: [],
  })),
);

describe("several resellers' statements together", () => {
  test("form one report in the report's order, whatever the order of the statements", () => {
    fc.assert(
      fc.property(anyStatements, (statements) => {
        const { report } = billedReport(APRIL, statements);
        const all: OrganizationUsage[] = statements.flatMap(({ organizations }) => organizations);
        expect(report.organizations).toEqual(all.toSorted(inReportOrder));
        expect(billedReport(APRIL, statements.toReversed()).report).toEqual(report);
        const sums = statements.map(({ organizations }) => secondsOf(organizations));
        expect(secondsOf(report.organizations)).toBe(sums.reduce((sum, seconds) => sum + seconds, 0));
      }),
    );
  });

  test("keep the adjustments of each, by reseller", () => {
    const [first = uuid("1"), second = uuid("2")] = uuids(2);
    const statements = [first, second].map((reseller) => {
      const organizations = [usageOf(reseller, "b9", { "7": 60 })];
      return { organizations, adjustments: adjustmentsBetween(reseller, [], organizations) };
    });
    const { adjustments } = billedReport(APRIL, statements);
    expect(adjustments.map(({ resellerId, after }) => [resellerId, after])).toEqual([
      [first, 60],
      [second, 60],
    ]);
  });

  test("without rows form an empty report of the month", () => {
    expect(billedReport(APRIL, [])).toEqual({
      report: { organizations: [], period: { start: "2026-04-01", end: "2026-04-30" } },
      adjustments: [],
    });
  });
});

interface Shown {
  readonly totals: object;
  readonly adjustments: readonly { readonly organization_id: string; readonly seconds_delta: number }[];
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

describe("a snapshot as JSON", () => {
  test("is the report's own bytes, then revision, instant and adjustments", () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, (before, organizations) => {
        const adjustments = adjustmentsBetween(uuid("51"), before, organizations);
        const billed = billedReport(APRIL, [{ organizations, adjustments }]);
        const { report } = billed;
        const text = [...snapshotJson(billed, MANIFEST)].join("");
        const own = [...reportJson(report)].join("").slice(0, -1);
        expect(text.startsWith(`${own},"revision":7,"as_of":"2026-05-04T06:00:00Z","adjustments":[`)).toBe(
          true,
        );
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("contains nothing internal: no totals of all resellers, no quality, no hash, no key", () => {
    const billed = billedReport(APRIL, [
      { organizations: [usageOf("51", "b9", { "7": 60 })], adjustments: [] },
    ]);
    const text = [...snapshotJson(billed, MANIFEST)].join("");
    expect(text).not.toMatch(/987654|876543|765432|654321|quality|sha256|supersedes|0{64}|key/);
  });

  test("has totals of its own rows, also where a filter keeps a part of them", () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, fc.subarray(uuids(4)), (before, organizations, wanted) => {
        const adjustments = adjustmentsBetween(uuid("51"), before, organizations);
        const billed = billedReport(APRIL, [{ organizations, adjustments }], wanted);
        const kept = organizations.filter(({ organizationId }) => wanted.includes(organizationId));
        expect(billed.report.organizations).toEqual(kept);
        const { totals, adjustments: shown }: Shown = JSON.parse(
          [...snapshotJson(billed, MANIFEST)].join(""),
        );
        expect(shown.map(({ organization_id }) => organization_id)).toEqual(
          adjustments.map(({ organizationId }) => organizationId).filter((id) => wanted.includes(id)),
        );
        const seconds = kept.flatMap(({ agents }) => agents.map((agent) => agent.seconds));
        expect(totals).toMatchObject({
          usage_lines: seconds.length,
          usage_seconds: sumOf(seconds),
          adjustment_lines: shown.length,
          adjustment_seconds: sumOf(shown.map(({ seconds_delta }) => seconds_delta)),
        });
      }),
    );
  });
});
