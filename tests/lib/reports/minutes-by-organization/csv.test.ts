import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { csvText } from "../../../../lib/csv.ts";
import { reportCsv } from "../../../../lib/reports/minutes-by-organization/csv.ts";
import {
  emptyReport,
  type OrganizationReport,
} from "../../../../lib/reports/minutes-by-organization/organizations.ts";
import {
  agentRow,
  anyRows,
  named,
  organizationRow,
  PERIOD,
  reportOf,
  resellerRow,
} from "../../usage/rows.ts";
import { uuid } from "../../valid.ts";

const HEADER =
  "organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name," +
  "voice_minutes,voice_seconds,start_date,end_date";
const [R, O, A, B] = [uuid("1"), uuid("2"), uuid("3"), uuid("4")];

function textOf(report: OrganizationReport): string {
  return [...reportCsv(report)].join("");
}

/** The cells as an independent reader parses them, strictly by RFC 4180. */
function cellsOf(text: string): string[][] {
  const options = { record_delimiter: "\r\n", bom: false, trim: false, relax_column_count: false };
  return z.array(z.array(z.string())).parse(parse(text, options));
}

/** The lines after the header, as objects. */
function linesOf(text: string): Readonly<Record<string, string | undefined>>[] {
  const [header = [], ...lines] = cellsOf(text);
  return lines.map((cells) => Object.fromEntries(cells.map((cell, index) => [header[index], cell])));
}

describe("the report as CSV", () => {
  test("has a header and one line for each agent, numbers as JSON writes them, each line ended by CRLF", async () => {
    const rows = [
      resellerRow(R, named("Northwind Voice")),
      organizationRow([R, O], 1, named("Acme, Inc.")),
      agentRow([R, O, A], 22_224, named('Front "desk"')),
      agentRow([R, O, B], 60, named("After hours")),
    ];
    const acme = `${O},"Acme, Inc.",${R},"Northwind Voice"`;
    expect(textOf(await reportOf(rows)).split("\r\n")).toEqual([
      HEADER,
      `${acme},${A},"Front ""desk""",370.4,22224,2026-04-01,2026-04-30`,
      `${acme},${B},"After hours",1,60,2026-04-01,2026-04-30`,
      `${acme},00000000-0000-0000-0000-000000000000,"Unassigned",0.02,1,2026-04-01,2026-04-30`,
      "",
    ]);
  });

  test("keeps one line for an organization without agents, with empty agent fields and figures of 0", async () => {
    expect(textOf(await reportOf([organizationRow([R, O], 0, named("Acme"))]))).toBe(
      `${HEADER}\r\n${O},"Acme",${R},"${R}",,,0,0,2026-04-01,2026-04-30\r\n`,
    );
  });

  test("is only the header without organizations, without a byte order mark", () => {
    expect(textOf(emptyReport(PERIOD))).toBe(`${HEADER}\r\n`);
  });

  test("is read back by another program cell by cell, for any names", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const report = await reportOf(rows);
        expect(cellsOf(textOf(report))).toEqual([HEADER.split(","), ...expectedLines(report)]);
      }),
    );
  });

  test("has seconds that add up to the organization's total, and minutes that give them back", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const report = await reportOf(rows);
        const totals = new Map<string, number>();
        for (const line of linesOf(textOf(report))) {
          const key = `${line["organization_id"]} ${line["reseller_id"]}`;
          totals.set(key, (totals.get(key) ?? 0) + Number(line["voice_seconds"]));
          expect(Math.round(Number(line["voice_minutes"]) * 60)).toBe(Number(line["voice_seconds"]));
        }
        const expected = report.organizations.map(
          ({ organizationId, resellerId, seconds }) => [`${organizationId} ${resellerId}`, seconds] as const,
        );
        expect(totals).toEqual(new Map(expected));
      }),
    );
  });

  test("quotes what RFC 4180 requires, and has no stray quote, comma or line end", async () => {
    const field = /(?:"(?:[^"]|"")*"|[^",\r\n]*)/.source;
    const lines = new RegExp(`^(?:${field}(?:,${field}){9}\r\n)+$`);
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        expect(textOf(await reportOf(rows))).toMatch(lines);
      }),
    );
  });

  test("comes in pieces of bounded size", async () => {
    const rows = Array.from({ length: 2_000 }, (_, index) =>
      agentRow([R, O, uuid(String(index))], index, named(`Agent ${index}`)),
    );
    const pieces = [...reportCsv(await reportOf(rows))];
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(400);
  });
});

function expectedLines({ organizations, period }: OrganizationReport): string[][] {
  return organizations.flatMap(({ organizationId, organizationName, resellerId, resellerName, agents }) => {
    const organization = [organizationId, csvCell(organizationName), resellerId, csvCell(resellerName)];
    const lines = agents.map(
      ({ agentId, agentName, seconds }) => [agentId, csvCell(agentName), seconds] as const,
    );
    return (lines.length === 0 ? [["", "", 0] as const] : lines).map(([id, name, seconds]) => [
      ...organization,
      id,
      name,
      JSON.stringify(Math.round((seconds * 5) / 3) / 100),
      String(seconds),
      period.start,
      period.end,
    ]);
  });
}

/** The cell that a reader gets for a name. lib/csv.ts has tests of its own. */
function csvCell(name: string): string {
  return csvText(name).slice(1, -1).replaceAll('""', '"');
}
