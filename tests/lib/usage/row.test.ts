import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  USAGE_COLUMNS,
  type UsageRow,
  type UsageTotal,
  usageRowReader,
  verifyTotals,
} from "../../../lib/usage/row.ts";
import { anyText, anyUuid } from "../arbitraries.ts";
import { arriving, collect, rejectionOf, uuid } from "../valid.ts";
import { type Cells, usageCells } from "./cells.ts";
import { anyRows, totalOf } from "./rows.ts";

const [R, O, A] = [uuid("1"), uuid("2"), uuid("3")];
const AGENT = {
  reseller_id: R,
  organization_id: O,
  agent_id: A,
  seconds: "60",
  name: "Ann",
  external_id: "X-1",
  internal_id: "A-1",
};

/** Reads every row of this file. State of one row must not pass for the next one's. */
const readRow = usageRowReader();

/** The agent's row with other cells in the named columns. */
function rowWith(cells: Parameters<typeof usageCells>[0]): Cells {
  return usageCells({ ...AGENT, ...cells });
}

describe("a row of usage", () => {
  test("has its level by the ids that are null", () => {
    const names = { name: "Ann", externalId: "X-1", internalId: "A-1" };
    expect(readRow(rowWith({}))).toEqual({
      level: "agent",
      resellerId: R,
      organizationId: O,
      agentId: A,
      seconds: 60,
      names,
    });
    expect(readRow(rowWith({ agent_id: null }))).toEqual({
      level: "organization",
      resellerId: R,
      organizationId: O,
      seconds: 60,
      names,
    });
    expect(readRow(rowWith({ organization_id: null, agent_id: null, seconds: "0" }))).toEqual({
      level: "reseller",
      resellerId: R,
      names,
    });
  });

  test("without a reseller is the total of the others, with seconds exact above 2^53", () => {
    expect(readRow(usageCells({ seconds: "9007199254740993", figures: "7" }))).toEqual({
      level: "total",
      seconds: 9_007_199_254_740_993n,
      figures: 7,
    });
  });

  test("keeps names unchanged, even null and blank ones", () => {
    const cell = fc.option(anyText);
    fc.assert(
      fc.property(cell, cell, cell, (name, externalId, internalId) => {
        const cells = rowWith({ name, external_id: externalId, internal_id: internalId });
        expect(readRow(cells)).toHaveProperty("names", { name, externalId, internalId });
      }),
    );
  });

  test("has its seconds exactly, up to 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seconds) => {
        expect(readRow(rowWith({ seconds: String(seconds) }))).toHaveProperty("seconds", seconds);
      }),
    );
  });

  test("takes ids of any version", () => {
    fc.assert(
      fc.property(anyUuid, anyUuid, anyUuid, (reseller_id, organization_id, agent_id) => {
        expect(readRow(rowWith({ reseller_id, organization_id, agent_id }))).toMatchObject({
          resellerId: reseller_id,
          organizationId: organization_id,
          agentId: agent_id,
        });
      }),
    );
  });

  test.each([
    ["no columns", []],
    ["a column too few", rowWith({}).slice(0, -1)],
    ["a column too many", [...rowWith({}), null]],
    ["an organization without a reseller", rowWith({ reseller_id: null, agent_id: null })],
    ["an agent without a reseller", rowWith({ reseller_id: null, organization_id: null })],
    ["two figures in one", rowWith({ figures: "2" })],
    ["no figure", rowWith({ figures: "0" })],
    ["no number of figures", rowWith({ figures: null })],
    ["an invalid number of figures", rowWith({ figures: "1.0" })],
    ["a reseller that is not a UUID", rowWith({ reseller_id: "r1" })],
    ["a reseller in upper case", rowWith({ reseller_id: "0B9C1D2E-0000-4000-8000-00000000000A" })],
    ["an empty reseller", rowWith({ reseller_id: "" })],
    ["an organization that is not a UUID", rowWith({ organization_id: "" })],
    ["an agent that is not a UUID", rowWith({ agent_id: "Unassigned" })],
    ["no seconds", rowWith({ seconds: null })],
    ["empty seconds", rowWith({ seconds: "" })],
    ["seconds that are not a number", rowWith({ seconds: "many" })],
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
    expect(() => readRow(cells)).toThrow(Error);
  });

  test("that is refused is not repeated in the error, which is logged", () => {
    expect(() => readRow(rowWith({ agent_id: "s3cret", seconds: "s3cret" }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    );
  });
});

/** The counted rows of a complete result. */
async function counted(rows: readonly (UsageRow | UsageTotal)[]): Promise<UsageRow[]> {
  return (await collect(verifyTotals(arriving([rows.slice(0, 1), rows.slice(1)])))).flat();
}

describe("a result", () => {
  test("is complete if its last row is the total of the others", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        expect(await counted([...rows, totalOf(rows)])).toEqual(rows);
      }),
    );
  });

  test("is complete even if its seconds exceed a number's exact range", async () => {
    const largest = String(Number.MAX_SAFE_INTEGER);
    const rows = Array.from({ length: 1_000 }, () => readRow(rowWith({ seconds: largest })));
    const seconds = 1_000n * BigInt(Number.MAX_SAFE_INTEGER);
    expect(await counted([...rows, { level: "total", seconds, figures: 1_000 }])).toHaveLength(1_000);
    const wrong = counted([...rows, { level: "total", seconds: seconds + 1n, figures: 1_000 }]);
    expect((await rejectionOf(wrong)).code).toBe("internal_error");
  });

  test("with a lost or duplicate row is an error, never a smaller or larger answer", async () => {
    const someRows = anyRows.filter((rows) => rows.length > 0);
    await fc.assert(
      fc.asyncProperty(someRows, fc.nat(), fc.boolean(), async (rows, at, isLost) => {
        const place = at % rows.length;
        const arrived = isLost ? rows.toSpliced(place, 1) : [...rows, ...rows.slice(place, place + 1)];
        const error = await rejectionOf(counted([...arrived, totalOf(rows)]));
        expect(error.code).toBe("internal_error");
      }),
    );
  });

  test.each([
    ["without rows", []],
    ["without its total", [readRow(rowWith({}))]],
    ["with fewer seconds", [readRow(rowWith({})), { level: "total", seconds: 59n, figures: 1 } as const]],
    ["with more seconds", [readRow(rowWith({})), { level: "total", seconds: 61n, figures: 1 } as const]],
    [
      "that goes on after its total",
      [{ level: "total", seconds: 0n, figures: 0 } as const, readRow(rowWith({}))],
    ],
    [
      "with two totals",
      Array.from({ length: 2 }, () => ({ level: "total", seconds: 0n, figures: 0 }) as const),
    ],
  ])("%s is an error", async (_, rows) => {
    expect((await rejectionOf(counted(rows))).code).toBe("internal_error");
  });
});
