import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, type Day, everyDay, type Period } from "../../../lib/period.ts";
import {
  isOf,
  markDigest,
  type RecordedDay,
  readInFlux,
  readState,
  rolledPart,
  rollupCoverage,
  stateText,
} from "../../../lib/rollup/coverage.ts";
import { firstStateText, readFirstState } from "../../../lib/rollup/first-state.ts";
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

  test("are those without a gap from the first one on", () => {
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

const none = new Map<Day, RecordedDay>();

describe("the state", () => {
  test("reads as it was written, without the days in flux", () => {
    fc.assert(
      fc.property(fc.option(period, { nil: undefined }), fc.array(fc.nat(80)), (days, changing) => {
        const covered = days && { lake: LAKE, ...days };
        const table = recorded(days === undefined ? [] : everyDay(days));
        const inFlux = changing.map((each) => addDays(FIRST, each - 20));
        const runs = [
          { run: "a", until: 1, days: inFlux.slice(0, 1) },
          { run: "b", until: 2, days: inFlux.slice(1) },
        ];
        const text = stateText(LAKE, covered, table, runs);
        expect(readInFlux(text)).toEqual(runs);
        const digests = new Map(
          (days === undefined ? [] : everyDay(days))
            .filter((each) => !inFlux.includes(each))
            .map((each) => [each, markDigest(sourceOf(LAKE, "d"))]),
        );
        expect(readState(text, LAKE)).toEqual(covered && { ...covered, digests });
      }),
    );
  });

  test("of another definition of a call covers no day", () => {
    const covered = { lake: LAKE, start: FIRST, end: FIRST };
    const text = stateText(LAKE, covered, recorded([FIRST]), []).replace("calls-2", "calls-1");
    expect(readState(text, LAKE)).toBeUndefined();
  });

  const oneDay = stateText(LAKE, { lake: LAKE, start: FIRST, end: FIRST }, recorded([FIRST]), []);

  test.each([
    "",
    "null",
    "[]",
    "{}",
    '{"schema_version":2,"lake":"s3://lake/minutes/"}',
    '{"schema_version":1,"lake":"s3://lake/minutes/","closed":null}',
  ])("that is %j is an error, never a missing rollup", (text) => {
    expect(() => readState(text, LAKE)).toThrow(Error);
  });

  test.each([
    ["belongs to another lake", stateText("s3://b/", undefined, none, [])],
    ["ends before it begins", oneDay.replace('"through":"2026-04-01"', '"through":"2026-03-31"')],
    [
      "does not have one mark for each day",
      oneDay.replace('"through":"2026-04-01"', '"through":"2026-04-02"'),
    ],
  ])("that %s is an error that says so", (reason, text) => {
    expect(() => readState(text, LAKE)).toThrow(new Error(`The rollup's state ${reason}.`));
  });

  test("cannot be written for a covered day without a mark", () => {
    const covered = { lake: LAKE, ...periodOf("2026-04-01", "2026-04-02") };
    expect(() => stateText(LAKE, covered, recorded([FIRST]), [])).toThrow(
      new RangeError("The covered day 2026-04-02 has no mark."),
    );
  });

  test.each([undefined, "", "{}"])("that is %j has no day in flux", (text) => {
    expect(readInFlux(text)).toEqual([]);
  });
});

describe("the state of earlier releases", () => {
  test("reads as it was written, without marks", () => {
    fc.assert(
      fc.property(fc.option(period, { nil: undefined }), (days) => {
        const covered = days && { lake: LAKE, ...days };
        const expected = covered && { ...covered, digests: new Map() };
        expect(readFirstState(firstStateText(LAKE, covered), LAKE)).toEqual(expected);
      }),
    );
  });

  const oneDay = firstStateText(LAKE, { lake: LAKE, start: FIRST, end: FIRST });

  test.each([
    ["of another definition of a call", oneDay.replace("calls-2", "calls-1")],
    ["without a definition", oneDay.replace('"definition":"calls-2",', "")],
  ])("%s covers no day", (_, text) => {
    expect(readFirstState(text, LAKE)).toBeUndefined();
  });

  test.each([
    ["belongs to another lake", firstStateText("s3://b/", undefined)],
    ["ends before it begins", oneDay.replace('"through":"2026-04-01"', '"through":"2026-03-31"')],
  ])("that %s is an error that says so", (reason, text) => {
    expect(() => readFirstState(text, LAKE)).toThrow(new Error(`The rollup's state ${reason}.`));
  });
});

test("each merge of a day makes another mark, and its files are those of the mark all the same", () => {
  const source = sourceOf(LAKE, "d");
  const [marked] = recorded([FIRST], { source: `${source} id` }).values();
  expect(isOf(marked, source)).toBe(true);
  expect(isOf(marked, sourceOf(LAKE, "di"))).toBe(false);
  expect(isOf(marked, sourceOf(LAKE, ""))).toBe(false);
  expect(markDigest(`${source} id`)).toMatch(/^[\w-]{22}$/);
  expect(markDigest(`${source} id`)).not.toBe(markDigest(`${source} other`));
});

test("gives a report the days that both have, and none if there are none", () => {
  fc.assert(
    fc.property(period, period, (asked, closed) => {
      const both = everyDay(asked).filter((each) => each >= closed.start && each <= closed.end);
      const rolled = rolledPart(asked, { lake: LAKE, ...closed });
      expect(rolled && everyDay(rolled)).toEqual(both.length === 0 ? undefined : both);
    }),
  );
  expect(rolledPart(periodOf("2026-04-01", "2026-04-02"), undefined)).toBeUndefined();
});
