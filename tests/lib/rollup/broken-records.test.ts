import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BROKEN_RECORDS,
  brokenDirectoryRows,
  parseBrokenRecords,
} from "../../../lib/rollup/broken-records.ts";

/** The kinds of docs/lake.md, in the order in which a record is judged. */
const KINDS = [
  "missing_call_id",
  "invalid_call_id",
  "missing_recorded_at",
  "missing_reseller_id",
  "invalid_reseller_id",
  "missing_organization_id",
  "invalid_organization_id",
  "invalid_agent_id",
] as const;

describe("the counts of broken records", () => {
  test("are written for every kind, in order, with a space between two", () => {
    const labels = [...BROKEN_RECORDS.text.matchAll(/'([^']*=)' \|\| CAST\(count\(CASE WHEN broken = (\d)/g)];
    expect(labels.map(([, label]) => label).join("")).toBe(`${KINDS.join("= ")}=`);
    expect(labels.map(([, , code]) => Number(code))).toEqual(KINDS.map((_, index) => index + 1));
  });

  test("are read as they were written, without the kinds that have none", () => {
    const counts = fc.array(fc.nat(), { minLength: KINDS.length, maxLength: KINDS.length });
    fc.assert(
      fc.property(counts, (numbers) => {
        const pairs = KINDS.map((kind, index) => [kind, numbers[index] ?? 0] as const);
        const text = pairs.map(([kind, count]) => `${kind}=${count}`).join(" ");
        expect([...parseBrokenRecords(text)]).toEqual(pairs.filter(([, count]) => count !== 0));
      }),
    );
  });

  test("may have 15 digits", () => {
    expect(parseBrokenRecords("missing_call_id=999999999999999").get("missing_call_id")).toBe(
      999_999_999_999_999,
    );
  });

  test("are none for a day without broken records", () => {
    expect(parseBrokenRecords(null)).toEqual(new Map());
    expect(parseBrokenRecords("missing_call_id=0 invalid_call_id=0")).toEqual(new Map());
  });

  test.each([
    ["", ""],
    ["missing_call_id", "missing_call_id"],
    ["missing_call_id=", "missing_call_id="],
    ["missing_call_id=1 another_kind=2", "another_kind=2"],
    ["missing_call_id=1x", "missing_call_id=1x"],
    ["1missing_call_id=1", "1missing_call_id=1"],
    ["missing_call_id=-1", "missing_call_id=-1"],
    ["missing_call_id=1234567890123456", "missing_call_id=1234567890123456"],
  ])("that are %j are refused, naming the entry", (text, entry) => {
    expect(() => parseBrokenRecords(text)).toThrow(
      new TypeError(`broken_records has an invalid entry: ${entry}`),
    );
  });
});

describe("a row of the directory's broken rows", () => {
  test("has the table and how many of its rows are left out", () => {
    const { columns, parseRow } = brokenDirectoryRows();
    expect(columns).toEqual(["directory_table", "broken_rows"]);
    expect(parseRow(["agents", "12"])).toEqual({ table: "agents", rows: 12 });
  });

  test("without a table or a number is refused", () => {
    const { parseRow } = brokenDirectoryRows();
    expect(() => parseRow([null, "12"])).toThrow(new TypeError("The row names no table."));
    expect(() => parseRow(["agents", null])).toThrow(TypeError);
  });
});
