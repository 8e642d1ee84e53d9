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
  test("are one report in the report's order, whichever statement came first", () => {
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

  test("keep the adjustments of each, reseller by reseller", () => {
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

  test("that are none are an empty report of the month", () => {
    expect(billedReport(APRIL, [])).toEqual({
      report: { organizations: [], period: { start: "2026-04-01", end: "2026-04-30" } },
      adjustments: [],
    });
  });
});

describe("a snapshot as JSON", () => {
  test("is the report's own bytes, then revision, instant and adjustments", () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, (before, organizations) => {
        const adjustments = adjustmentsBetween(uuid("51"), before, organizations);
        const { report } = billedReport(APRIL, [{ organizations, adjustments }]);
        const text = [...snapshotJson(report, MANIFEST, adjustments)].join("");
        const own = [...reportJson(report)].join("").slice(0, -1);
        expect(text.startsWith(`${own},"revision":7,"as_of":"2026-05-04T06:00:00Z","adjustments":[`)).toBe(
          true,
        );
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("says nothing of the platform: no totals, no quality, no hash, no key", () => {
    const { report } = billedReport(APRIL, [
      { organizations: [usageOf("51", "b9", { "7": 60 })], adjustments: [] },
    ]);
    const text = [...snapshotJson(report, MANIFEST, [])].join("");
    expect(text).not.toMatch(/987654|876543|765432|654321|totals|quality|sha256|supersedes|0{64}|key/);
  });
});
