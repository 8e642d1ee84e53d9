import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayRanges, daysIn, isDay } from "../../lib/period.ts";
import { anyText, dayAfter } from "./arbitraries.ts";
import { day, periodOf } from "./valid.ts";

/** Days since 1970 of 0000-01-01 and 9999-12-31. */
const FIRST = -719_528;
const LAST = 2_932_896;

/** The Gregorian calendar, by its own rule. */
function lengthOfMonth(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return lengths[month - 1] ?? 0;
}

function written(year: number, month: number, dayOfMonth: number): string {
  const [, ...rest] = [year, month, dayOfMonth].map((part) => String(part).padStart(2, "0"));
  return [String(year).padStart(4, "0"), ...rest].join("-");
}

describe("a day", () => {
  test("is accepted exactly if the calendar has it", () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(99), fc.nat(99), (year, month, dayOfMonth) => {
        const exists = dayOfMonth >= 1 && dayOfMonth <= lengthOfMonth(year, month);
        expect(isDay(written(year, month, dayOfMonth))).toBe(exists);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is refused past the end of every month of common, leap and century years", () => {
    for (const year of [1900, 2000, 2023, 2024, 2100]) {
      for (let month = 1; month <= 12; month++) {
        const length = lengthOfMonth(year, month);
        expect(isDay(written(year, month, length))).toBe(true);
        expect(isDay(written(year, month, length + 1))).toBe(false);
        expect(isDay(written(year, month, 0))).toBe(false);
      }
    }
  });

  test("is the text that the platform writes for its instant", () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), (days) => {
        const text = dayAfter(days);
        expect(Date.parse(text)).toBe(days * 86_400_000);
      }),
    );
  });

  test.each([
    ["one digit for a month", "2026-4-01"],
    ["a two-digit year", "26-04-01"],
    ["a longer year", "+002026-04-01"],
    ["another order", "01-04-2026"],
    ["slashes", "2026/04/01"],
    ["no separators", "20260401"],
    ["a time", "2026-04-01T00:00:00Z"],
    ["a blank before it", " 2026-04-01"],
    ["a blank after it", "2026-04-01 "],
    ["a line end after it", "2026-04-01\n"],
    ["full-width digits", "２０２６-04-01"],
    ["Arabic digits", "٢٠٢٦-04-01"],
    ["a minus sign for a hyphen", "2026−04−01"],
    ["an ordinal day", "2026-091"],
    ["a week", "2026-W14-3"],
    ["nothing", ""],
  ])("is not written with %s", (_, text) => {
    expect(isDay(text)).toBe(false);
  });

  test("is never accepted in another form", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isDay(text) && !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)).toBe(false);
      }),
    );
  });

  test("compares as text as it compares in time", () => {
    const days = fc.integer({ min: FIRST, max: LAST });
    fc.assert(
      fc.property(days, days, (a, b) => {
        expect(dayAfter(a) < dayAfter(b)).toBe(a < b);
      }),
    );
  });
});

test("days are named as ranges, each day once and in order", () => {
  const days = ["2026-03-01", "2026-02-27", "2026-02-28", "2026-03-03", "2026-03-01"].map(day);
  expect(dayRanges(days)).toEqual(["2026-02-27 to 2026-03-01", "2026-03-03"]);
  expect(dayRanges([])).toEqual([]);
});

describe("a period", () => {
  test("counts both its ends", () => {
    expect(daysIn(periodOf("2026-04-01", "2026-04-01"))).toBe(1);
    expect(daysIn(periodOf("2024-01-01", "2024-12-31"))).toBe(366);
    expect(daysIn({ start: day("2025-01-01"), end: day("2025-12-31") })).toBe(365);
  });

  test("is one day longer than the days between its ends", () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST - 4_000 }), fc.nat(4_000), (start, more) => {
        expect(daysIn({ start: dayAfter(start), end: dayAfter(start + more) })).toBe(more + 1);
      }),
    );
  });
});
