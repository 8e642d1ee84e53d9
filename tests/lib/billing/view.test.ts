import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../../lib/billing/manifest.ts";
import { adjustmentsBetween, secondsOf } from "../../../lib/billing/statement.ts";
import {
  adjustmentsDocument,
  billedReport,
  snapshotDocument,
  snapshotJson,
} from "../../../lib/billing/view.ts";
import { reportJson } from "../../../lib/reports/minutes-by-organization/json.ts";
import { inReportOrder, type OrganizationUsage } from "../../../lib/usage/fold.ts";
import { secondsOf as secondsFrom, uuid, uuids } from "../valid.ts";
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

describe("a closed month as CSV", () => {
  test("is the report's CSV, and names the revision and its instant in each line", () => {
    const organizations = [usageOf("51", "b9", { "7d": 61, "7e": 0 })];
    const { csv, json, fileName } = snapshotDocument(
      billedReport(APRIL, [{ organizations, adjustments: [] }]),
      MANIFEST,
    );
    const [o, r, a, b] = [uuid("b9"), uuid("51"), uuid("7d"), uuid("7e")];
    expect([...csv()]).toEqual([
      "organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name,voice_minutes,voice_seconds,start_date,end_date,revision,as_of\r\n",
      `${o},"${o}",${r},"${r}",${a},"${a}",1.02,61,2026-04-01,2026-04-30,7,2026-05-04T06:00:00Z\r\n`,
      `${o},"${o}",${r},"${r}",${b},"${b}",0,0,2026-04-01,2026-04-30,7,2026-05-04T06:00:00Z\r\n`,
    ]);
    expect(fileName).toBe("minutes-by-organization_2026-04_revision-7.csv");
    expect(JSON.parse([...json()].join(""))).toMatchObject({
      data: [{ agents: [{ voice_minutes: 1.02 }, { voice_minutes: 0 }] }],
      totals: { usage_lines: 2, usage_seconds: 61, usage_minutes: 1.02, adjustment_lines: 0 },
    });
  });
});

describe("the adjustments of a closed month", () => {
  const line = {
    resellerId: uuid("51"),
    resellerName: "Northwind",
    organizationId: uuid("b9"),
    organizationName: "Acme, Inc.",
    agentId: uuid("7d"),
    agentName: "=Ann",
  };
  const adjustments = [
    { ...line, before: secondsFrom(61), after: secondsFrom(0) },
    { ...line, agentId: uuid("7e"), agentName: "Bo", before: secondsFrom(0), after: secondsFrom(1) },
  ];

  test("as JSON have names, both figures and the difference, and their own totals", () => {
    const names = {
      organization_id: line.organizationId,
      organization_name: "Acme, Inc.",
      reseller_id: line.resellerId,
      reseller_name: "Northwind",
    };
    expect([...adjustmentsDocument(adjustments, MANIFEST).json()].join("")).toBe(
      JSON.stringify({
        data: [
          {
            ...names,
            agent_id: line.agentId,
            agent_name: "=Ann",
            seconds_before: 61,
            seconds_after: 0,
            seconds_delta: -61,
            minutes_delta: -1.02,
          },
          {
            ...names,
            agent_id: uuid("7e"),
            agent_name: "Bo",
            seconds_before: 0,
            seconds_after: 1,
            seconds_delta: 1,
            minutes_delta: 0.02,
          },
        ],
        period: { start_date: "2026-04-01", end_date: "2026-04-30" },
        revision: 7,
        as_of: "2026-05-04T06:00:00Z",
        totals: { adjustment_lines: 2, adjustment_seconds: -60, adjustment_minutes: -1 },
      }),
    );
  });

  test("as CSV have one line each, with names that no spreadsheet runs", () => {
    const { csv, fileName } = adjustmentsDocument(adjustments, MANIFEST);
    const { organizationId: o, resellerId: r, agentId: a } = line;
    expect([...csv()]).toEqual([
      "organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name,seconds_before,seconds_after,seconds_delta,minutes_delta,start_date,end_date,revision,as_of\r\n",
      `${o},"Acme, Inc.",${r},"Northwind",${a},"'=Ann",61,0,-61,-1.02,2026-04-01,2026-04-30,7,2026-05-04T06:00:00Z\r\n`,
      `${o},"Acme, Inc.",${r},"Northwind",${uuid("7e")},"Bo",0,1,1,0.02,2026-04-01,2026-04-30,7,2026-05-04T06:00:00Z\r\n`,
    ]);
    expect(fileName).toBe("adjustments_2026-04_revision-7.csv");
  });

  test("may be none", () => {
    expect(JSON.parse([...adjustmentsDocument([], MANIFEST).json()].join(""))).toMatchObject({
      data: [],
      totals: { adjustment_lines: 0, adjustment_seconds: 0 },
    });
  });
});
