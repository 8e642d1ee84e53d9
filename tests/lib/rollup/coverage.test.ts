import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, type Day, everyDay, type Period } from "../../../lib/period.ts";
import {
  type RecordedDay,
  readState,
  rolledPart,
  rollupCoverage,
  stateText,
} from "../../../lib/rollup/coverage.ts";
import { sourceOf } from "../../../lib/usage/rolled-days.ts";
import { day, periodOf } from "../valid.ts";

const LAKE = "s3://lake/minutes/";
const FIRST = day("2026-04-01");

function recorded(days: readonly Day[], of: Partial<RecordedDay> = {}): Map<Day, RecordedDay> {
  const mark = { source: sourceOf(LAKE, "d"), marks: 1, broken: new Map() };
  return new Map(days.map((each) => [each, { day: each, ...mark, ...of }]));
}

const period: fc.Arbitrary<Period> = fc
  .tuple(fc.integer({ min: -20, max: 40 }), fc.nat(40))
  .map(([from, length]) => ({ start: addDays(FIRST, from), end: addDays(FIRST, from + length) }));

describe("the closed days", () => {
  const april = everyDay(periodOf("2026-04-01", "2026-04-10"));

  test("are those that stand from the first one on", () => {
    expect(rollupCoverage(LAKE, FIRST, recorded(april))).toEqual({
      lake: LAKE,
      ...periodOf("2026-04-01", "2026-04-10"),
    });
    expect(rollupCoverage(LAKE, undefined, recorded(april))).toBeUndefined();
    expect(rollupCoverage(LAKE, day("2026-03-31"), recorded(april))).toBeUndefined();
  });

  test.each([
    ["missing", undefined],
    ["there twice", { marks: 2 }],
    ["of another lake", { source: sourceOf("s3://lake/", "d") }],
    ["of a lake whose name begins alike", { source: sourceOf("s3://lake/minutes/2/", "d") }],
  ])("end before the first that is %s", (_, damage) => {
    const table = recorded(april);
    const fifth = day("2026-04-05");
    if (damage === undefined) table.delete(fifth);
    else for (const [key, value] of recorded([fifth], damage)) table.set(key, value);
    expect(rollupCoverage(LAKE, FIRST, table)?.end).toBe("2026-04-04");
  });
});

describe("the state", () => {
  test("reads as it was written", () => {
    fc.assert(
      fc.property(fc.option(period, { nil: undefined }), (days) => {
        const closed = days && { lake: LAKE, ...days };
        expect(readState(stateText(LAKE, closed), LAKE)).toEqual(closed);
      }),
    );
  });

  test.each([
    "",
    "null",
    "[]",
    "{}",
    '{"schema_version":1,"lake":"s3://lake/minutes/"}',
    stateText("s3://b/", undefined),
  ])("that is %j is an error, never no rollup", (text) => {
    expect(() => readState(text, LAKE)).toThrow(Error);
  });
});

test("a report takes from the rollup the days that both have, and none where there are none", () => {
  fc.assert(
    fc.property(period, period, (asked, closed) => {
      const both = everyDay(asked).filter((each) => each >= closed.start && each <= closed.end);
      const rolled = rolledPart(asked, { lake: LAKE, ...closed });
      expect(rolled === undefined ? [] : everyDay(rolled)).toEqual(both);
    }),
  );
  expect(rolledPart(periodOf("2026-04-01", "2026-04-02"), undefined)).toBeUndefined();
});
