import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reportJson } from "../../../../lib/reports/minutes-by-organization/json.ts";
import {
  emptyReport,
  type OrganizationReport,
} from "../../../../lib/reports/minutes-by-organization/organizations.ts";
import { UNASSIGNED } from "../../../../lib/usage/fold.ts";
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

function textOf(report: OrganizationReport): string {
  return [...reportJson(report)].join("");
}

describe("the report as JSON", () => {
  test("matches the contract, field by field", async () => {
    const [R, O, A, B] = [uuid("51"), uuid("b9"), uuid("7d"), uuid("c4")];
    const rows = [
      resellerRow(R, named("Northwind Voice")),
      organizationRow([R, O], 0, named("Acme Dental")),
      agentRow([R, O, B], 8_538, named("After hours")),
      agentRow([R, O, A], 22_224, named("Front desk")),
    ];
    expect(textOf(await reportOf(rows))).toBe(
      `{"data":[{"organization_id":"${O}","organization_name":"Acme Dental","reseller_id":"${R}",` +
        `"reseller_name":"Northwind Voice","total_voice_minutes":512.7,"agent_count":2,"agents":[` +
        `{"agent_id":"${A}","agent_name":"Front desk","voice_minutes":370.4},` +
        `{"agent_id":"${B}","agent_name":"After hours","voice_minutes":142.3}]}],` +
        `"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}`,
    );
  });

  test("has an empty list without organizations, never a missing one", () => {
    expect(textOf(emptyReport(PERIOD))).toBe(
      '{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}',
    );
  });

  test("is well-formed for any names, and every figure gives its exact seconds back", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const report = await reportOf(rows);
        const text = textOf(report);
        const expected = {
          data: report.organizations.map((organization) => ({
            organization_id: organization.organizationId,
            organization_name: organization.organizationName,
            reseller_id: organization.resellerId,
            reseller_name: organization.resellerName,
            total_voice_minutes: organization.seconds,
            agent_count: organization.agents.filter(({ agentId }) => agentId !== UNASSIGNED).length,
            agents: organization.agents.map(({ agentId, agentName, seconds }) => ({
              agent_id: agentId,
              agent_name: agentName,
              voice_minutes: seconds,
            })),
          })),
          period: { start_date: PERIOD.start, end_date: PERIOD.end },
        };
        const inSeconds: unknown = JSON.parse(text, (name, value: unknown) =>
          name.endsWith("_minutes") && typeof value === "number" ? Math.round(value * 60) : value,
        );
        expect(inSeconds).toEqual(expected);
        // Also checks the order of the fields, and that no field could be omitted.
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("comes in pieces of bounded size", async () => {
    const agents = Array.from({ length: 5_000 }, (_, index) =>
      agentRow([uuid("1"), uuid("2"), uuid(String(index))], index, named(`Agent ${index}`)),
    );
    const pieces = [...reportJson(await reportOf(agents))];
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(300);
  });
});
