import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { widthOf } from "../../cli/report/shown-text.ts";
import { minutesShown, reportTable, type TableOptions } from "../../cli/report/table.ts";
import {
  emptyReport,
  type OrganizationReport,
} from "../../lib/reports/minutes-by-organization/organizations.ts";
import { type AgentUsage, type OrganizationUsage, UNASSIGNED } from "../../lib/usage/fold.ts";
import { anyText } from "../lib/arbitraries.ts";
import { PERIOD } from "../lib/usage/rows.ts";
import { periodOf, secondsOf, uuid, uuids } from "../lib/valid.ts";

const PLAIN: TableOptions = { agents: false, ids: false };
const [NORTH, SOUTH] = [uuid("51"), uuid("52")];

function agent(id: string, agentName: string, seconds: number): AgentUsage {
  return { agentId: uuid(id), agentName, seconds: secondsOf(seconds) };
}

function organization(
  id: string,
  organizationName: string,
  agents: readonly AgentUsage[],
  reseller = { resellerId: NORTH, resellerName: "Northwind Voice" },
): OrganizationUsage {
  const seconds = secondsOf(agents.reduce((sum, line) => sum + line.seconds, 0));
  return { organizationId: uuid(id), organizationName, ...reseller, seconds, agents };
}

const ACME = organization("b1", "Acme Dental", [
  agent("c1", "Front desk", 75_499),
  agent(UNASSIGNED, "Unassigned", 1),
]);
const STAR = organization("b2", "北星商事", [agent("c2", "📞 Sales", 20_000)]);
const REPORT: OrganizationReport = { organizations: [ACME, STAR], period: PERIOD };

/** The cells of a line, separated by at least two blanks. */
function cellsOf(line: string): string[] {
  return line.trim().split(/ {2,}/);
}

/** The lines below the titles, without rules. */
function rowsOf(table: string): string[] {
  const lines = table.trimEnd().split("\n");
  const first = lines.findIndex((line) => line.startsWith("─"));
  return lines.slice(first + 1).filter((line) => !line.startsWith("─"));
}

describe("the report as a table", () => {
  test("renders one reseller's name above the table", () => {
    expect(reportTable(REPORT, PLAIN)).toBe(`\
Voice minutes by organization, 2026-04-01 to 2026-04-30 (UTC days, both included)
Reseller: Northwind Voice

organization  agents   minutes   share
──────────────────────────────────────
Acme Dental        1  1,258.33   79.1%
北星商事           1    333.33   20.9%
──────────────────────────────────────
Total              2  1,591.67  100.0%
`);
  });

  test("shows each organization's agents and the ids if requested", () => {
    expect(rowsOf(reportTable(REPORT, { agents: true, ids: true })).map(cellsOf)).toEqual([
      ["Acme Dental", uuid("b1"), "1", "1,258.33", "79.1%"],
      ["Front desk", uuid("c1"), "1,258.32", "79.1%"],
      ["Unassigned", UNASSIGNED, "0.02", "<0.1%"],
      ["北星商事", uuid("b2"), "1", "333.33", "20.9%"],
      ["📞 Sales", uuid("c2"), "333.33", "20.9%"],
      ["Total", "2", "1,591.67", "100.0%"],
    ]);
  });

  test("has a column of resellers if there are several", () => {
    const south = { resellerId: SOUTH, resellerName: "Southern Cross" };
    const organizations = [ACME, organization("b1", "Acme Dental", [agent("c1", "Front desk", 30)], south)];
    const rows = rowsOf(reportTable({ organizations, period: PERIOD }, PLAIN)).map(cellsOf);
    expect(rows).toEqual([
      ["Acme Dental", "Northwind Voice", "1", "1,258.33", ">99.9%"],
      ["Acme Dental", "Southern Cross", "1", "0.50", "<0.1%"],
      ["Total", "2", "1,258.83", "100.0%"],
    ]);
  });

  test("adds seconds, not rounded minutes", () => {
    const organizations = ["1", "2", "3"].map((id) => organization(id, id, [agent(id, id, 1)]));
    const rows = rowsOf(reportTable({ organizations, period: PERIOD }, PLAIN)).map(cellsOf);
    expect(rows.map(([name, , minutes]) => [name, minutes])).toEqual([
      ["1", "0.02"],
      ["2", "0.02"],
      ["3", "0.02"],
      ["Total", "0.05"],
    ]);
  });

  test("has a total of 0 and no share for an empty report", () => {
    const table = reportTable(emptyReport(periodOf("2026-04-01", "2026-04-01")), PLAIN);
    expect(table).toContain("organization, 2026-04-01 (UTC day)\n");
    expect(rowsOf(table).map(cellsOf)).toEqual([["Total", "0", "0.00", "-"]]);
  });

  test("cuts only names to fit the terminal, and never below the minimum", () => {
    const long = organization("b3", "Pinnacle Property Management, LLC", [agent("c3", "x", 60)]);
    const report = { organizations: [long], period: PERIOD };
    const [line = ""] = rowsOf(reportTable(report, { ...PLAIN, width: 44 }));
    expect(line).toBe("Pinnacle Property …       1     1.00  100.0%");
    expect(widthOf(line)).toBe(44);
    const [narrow = ""] = rowsOf(reportTable(report, { ...PLAIN, width: 10 }));
    expect(cellsOf(narrow)).toEqual(["Pinnacle Pr…", "1", "1.00", "100.0%"]);
    expect(rowsOf(reportTable(report, PLAIN))[0]).toContain("Pinnacle Property Management, LLC");
  });
});

/** Few and many, up to half a million years of calls. */
const anySeconds = fc
  .oneof(
    fc.nat(200),
    fc.maxSafeNat().map((large) => large % 2 ** 44),
  )
  .map(secondsOf);
const anyAgents = fc.uniqueArray(fc.constantFrom(UNASSIGNED, ...uuids(5))).chain((ids) =>
  fc.tuple(
    ...ids.map((agentId) =>
      fc.record({
        agentId: fc.constant(agentId),
        agentName: anyText,
        seconds: anySeconds,
      }),
    ),
  ),
);
const anyReport: fc.Arbitrary<OrganizationReport> = fc
  .array(
    fc.record({
      reseller: fc.constantFrom(NORTH, SOUTH),
      id: fc.constantFrom(...uuids(9)),
      name: anyText,
      agents: anyAgents,
    }),
    { maxLength: 8 },
  )
  .map((entries) => ({
    period: PERIOD,
    organizations: entries.map(({ reseller, id, name, agents }) =>
      organization(id, name, agents, { resellerId: reseller, resellerName: `Reseller ${reseller}` }),
    ),
  }));
const anyOptions = fc.record({
  agents: fc.boolean(),
  ids: fc.boolean(),
  width: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
});

/** The figures in the last two cells of a line. */
function secondsIn(line: string): number {
  const minutes = /([0-9,]+\.[0-9]{2}) +(?:[<>]?[0-9.]+%|-)$/.exec(line)?.[1] ?? "none";
  return Math.round(Number(minutes.replaceAll(",", "")) * 60);
}

describe("for any names and figures", () => {
  test("aligns the columns, and no line is wider than another", () => {
    fc.assert(
      fc.property(anyReport, anyOptions, (report, options) => {
        const lines = reportTable(report, options).trimEnd().split("\n");
        const table = lines.slice(lines.indexOf("") + 1);
        expect(new Set(table.map(widthOf)).size).toBe(1);

        const shareWidth = Math.max(5, ...table.map((line) => /[<>]?[0-9.]+%$/.exec(line)?.[0].length ?? 0));
        const titlesAndRows = [table[0] ?? "", ...rowsOf(table.join("\n"))];
        for (const line of titlesAndRows) {
          expect(line.slice(0, -shareWidth)).toMatch(/(?:minutes|\d\.\d\d) {2}$/);
        }
        const idsAt = titlesAndRows.flatMap((line) => {
          const place = line.search(/[0-9a-f]{8}-0000-4000-8000-/);
          return place === -1 ? [] : [widthOf(line.slice(0, place))];
        });
        expect(new Set(idsAt).size).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("shows figures that give their exact seconds back, and a total that is their sum", () => {
    fc.assert(
      fc.property(anyReport, anyOptions, (report, options) => {
        const expected = report.organizations.flatMap(({ seconds, agents }) => [
          seconds,
          ...(options.agents ? agents.map((line) => line.seconds) : []),
        ]);
        const total = report.organizations.reduce((sum, { seconds }) => sum + seconds, 0);
        const rows = rowsOf(reportTable(report, options));
        expect(rows.map(secondsIn)).toEqual([...expected, total]);
      }),
    );
  });

  test("renders minutes with two decimals and commas between thousands", () => {
    fc.assert(
      fc.property(anySeconds, (seconds) => {
        const text = minutesShown(seconds);
        expect(text).toMatch(/^[0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2}$/);
        expect(Math.round(Number(text.replaceAll(",", "")) * 60)).toBe(seconds);
      }),
    );
  });
});
