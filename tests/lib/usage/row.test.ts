import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseUsageRow, USAGE_COLUMNS } from "../../../lib/usage/row.ts";
import { anyText, anyUuid } from "../arbitraries.ts";
import { uuid } from "../valid.ts";

type Cells = readonly (string | null)[];

const [R, O, A] = [uuid("1"), uuid("2"), uuid("3")];
const AGENT: Cells = [R, O, A, "60", "Ann", "X-1", "A-1"];

/** The agent's row with other cells in the named columns. */
function rowWith(cells: Partial<Record<(typeof USAGE_COLUMNS)[number], string | null>>): Cells {
  return USAGE_COLUMNS.map((column, index) =>
    column in cells ? (cells[column] ?? null) : (AGENT[index] ?? null),
  );
}

describe("a row of usage", () => {
  test("has its level by the ids that are null", () => {
    const names = { name: "Ann", externalId: "X-1", internalId: "A-1" };
    expect(parseUsageRow(AGENT)).toEqual({
      level: "agent",
      resellerId: R,
      organizationId: O,
      agentId: A,
      seconds: 60,
      names,
    });
    expect(parseUsageRow(rowWith({ agent_id: null }))).toEqual({
      level: "organization",
      resellerId: R,
      organizationId: O,
      seconds: 60,
      names,
    });
    expect(parseUsageRow(rowWith({ organization_id: null, agent_id: null, seconds: "0" }))).toEqual({
      level: "reseller",
      resellerId: R,
      names,
    });
  });

  test("keeps names as they are, null and blank ones too", () => {
    const cell = fc.option(anyText);
    fc.assert(
      fc.property(cell, cell, cell, (name, externalId, internalId) => {
        const cells = rowWith({ name, external_id: externalId, internal_id: internalId });
        expect(parseUsageRow(cells).names).toEqual({ name, externalId, internalId });
      }),
    );
  });

  test("has its seconds exactly, up to 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seconds) => {
        expect(parseUsageRow(rowWith({ seconds: String(seconds) }))).toHaveProperty("seconds", seconds);
      }),
    );
  });

  test("takes ids of any version", () => {
    fc.assert(
      fc.property(anyUuid, anyUuid, anyUuid, (reseller_id, organization_id, agent_id) => {
        expect(parseUsageRow(rowWith({ reseller_id, organization_id, agent_id }))).toMatchObject({
          resellerId: reseller_id,
          organizationId: organization_id,
          agentId: agent_id,
        });
      }),
    );
  });

  test.each([
    ["no columns", []],
    ["a column too few", AGENT.slice(0, -1)],
    ["a column too many", [...AGENT, null]],
    ["no reseller", rowWith({ reseller_id: null })],
    ["a reseller that is no UUID", rowWith({ reseller_id: "r1" })],
    ["a reseller in upper case", rowWith({ reseller_id: "0B9C1D2E-0000-4000-8000-00000000000A" })],
    ["an empty reseller", rowWith({ reseller_id: "" })],
    ["an organization that is no UUID", rowWith({ organization_id: "" })],
    ["an agent that is no UUID", rowWith({ agent_id: "Unassigned" })],
    ["no seconds", rowWith({ seconds: null })],
    ["empty seconds", rowWith({ seconds: "" })],
    ["seconds that are no number", rowWith({ seconds: "many" })],
    ["seconds with a fraction", rowWith({ seconds: "60.0" })],
    ["seconds with an exponent", rowWith({ seconds: "6e1" })],
    ["seconds with a sign", rowWith({ seconds: "+60" })],
    ["negative seconds", rowWith({ seconds: "-60" })],
    ["seconds with a blank", rowWith({ seconds: " 60" })],
    ["seconds in hexadecimal", rowWith({ seconds: "0x3c" })],
    ["seconds in other digits", rowWith({ seconds: "６０" })],
    ["seconds of 2^53", rowWith({ seconds: "9007199254740992" })],
    ["seconds of 2^53 + 1, which a number cannot hold", rowWith({ seconds: "9007199254740993" })],
    ["seconds of the largest bigint", rowWith({ seconds: "9223372036854775807" })],
    ["an agent without an organization", rowWith({ organization_id: null })],
    ["seconds without an organization", rowWith({ organization_id: null, agent_id: null })],
    ["the header's text", [...USAGE_COLUMNS]],
  ])("with %s is an error, never a smaller figure", (_, cells) => {
    expect(() => parseUsageRow(cells)).toThrow(Error);
  });

  test("that is refused is not repeated in the error, for that goes to the log", () => {
    expect(() => parseUsageRow(rowWith({ agent_id: "s3cret", seconds: "s3cret" }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    );
  });
});
