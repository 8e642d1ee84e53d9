import { describe, expect, test } from "vitest";
import { brokenDirectoryRows } from "../../../lib/rollup/broken-records.ts";
import {
  addBrokenRecordsColumn,
  clearDay,
  createTable,
  mergeDays,
  recordedDays,
} from "../../../lib/rollup/statements.ts";
import { allResellers } from "../../../lib/scope/all-resellers.ts";
import { day } from "../valid.ts";

const DAYS = ["2026-04-01", "2026-04-02", "2026-04-03"].map((each) => ({
  day: day(each),
  source: `s3://lake/o'brien/ calls-2 files-of-${each}`,
}));

describe("the SQL of the rollup", () => {
  test.each([
    ["create-table", () => createTable("s3://tables/it's/usage_daily/")],
    ["add-broken-records-column", () => addBrokenRecordsColumn()],
    ["recorded-days", () => recordedDays()],
    ["merge-one-day", () => mergeDays(allResellers(), DAYS.slice(0, 1))],
    ["merge-three-days", () => mergeDays(allResellers(), DAYS)],
    ["clear-day", () => clearDay(allResellers(), day("2026-04-19"))],
    ["broken-directory-rows", () => brokenDirectoryRows()],
  ])("%s equals the reviewed text (npm run golden writes it again)", async (name, build) => {
    await expect(`${build().text}\n`).toMatchFileSnapshot(`golden/${name}.sql`);
  });

  test("has no parameters in its queries, because their values are constants", () => {
    expect(recordedDays().parameters).toEqual([]);
    expect(brokenDirectoryRows().parameters).toEqual([]);
  });

  test("never merges without a day", () => {
    expect(() => mergeDays(allResellers(), [])).toThrow(new RangeError("no days to merge"));
  });
});

describe("a row of the marks", () => {
  const parse = (cells: readonly (string | null)[]) => recordedDays().parseRow(cells);

  test("has the day, the files, how many marks the day has, and its broken records", () => {
    expect(recordedDays().columns).toEqual(["dt", "source", "marks", "broken_records"]);
    expect(parse(["2026-04-01", "s3://lake/ calls-2 d id", "2", "missing_call_id=3"])).toEqual({
      day: "2026-04-01",
      source: "s3://lake/ calls-2 d id",
      marks: 2,
      broken: new Map([["missing_call_id", 3]]),
    });
    expect(parse(["2026-04-01", "s3://lake/ calls-2 d id", "1", null])).toMatchObject({
      marks: 1,
      broken: new Map(),
    });
  });

  test.each([
    ["has no day", [null, "source", "1", null]],
    ["has a day that does not exist", ["2026-02-30", "source", "1", null]],
    ["has no source", ["2026-04-01", null, "1", null]],
    ["lacks the column of broken records", ["2026-04-01", "source", "1"]],
  ])("that %s is refused", (_, cells) => {
    expect(() => parse(cells)).toThrow(new TypeError("The row is not the mark of a day."));
  });

  test.each([null, "", "-1", "1.0"])("whose number of marks is %j is refused", (marks) => {
    expect(() => parse(["2026-04-01", "source", marks, null])).toThrow(TypeError);
  });
});
