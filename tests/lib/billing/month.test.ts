import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  closableFrom,
  daysOf,
  daysSince,
  endOf,
  isInstant,
  isMonth,
  monthAfter,
  monthBefore,
  periodOf,
  toInstant,
  toMilliseconds,
} from "../../../lib/billing/month.ts";
import { daysIn } from "../../../lib/period.ts";
import { anyText } from "../arbitraries.ts";
import { instant, month } from "./valid.ts";

/** Milliseconds from 1970 to 2199. */
const anyTime = fc.integer({ min: 0, max: Date.UTC(2199, 11, 31) });
const anyMonth = anyTime.map((time) => month(new Date(time).toISOString().slice(0, 7)));

describe("a month", () => {
  test.each(["2026-04", "2024-02", "2026-12", "2026-01"])("reads as %s", (text) => {
    expect(isMonth(text)).toBe(true);
  });

  test.each(["", "2026", "2026-4", "2026-00", "2026-13", "2026-04-01", " 2026-04", "2026-04\n", "26-04"])(
    "is not %j",
    (text) => {
      expect(isMonth(text)).toBe(false);
    },
  );

  test.each(["２０２６-04", "+02026-04", "-02026-04", "2026-04-01T00:00:00Z"])("is not %j either", (text) => {
    expect(isMonth(text)).toBe(false);
  });

  test("has all its days, in order, in a leap year one more", () => {
    expect(daysOf(month("2026-04"))).toHaveLength(30);
    expect(daysOf(month("2025-02")).at(-1)).toBe("2025-02-28");
    expect(daysOf(month("2024-02")).at(-1)).toBe("2024-02-29");
    expect(daysOf(month("2100-02")).at(-1)).toBe("2100-02-28");
    expect(periodOf(month("2026-12"))).toEqual({ start: "2026-12-01", end: "2026-12-31" });
  });

  test("ends where the next one begins", () => {
    fc.assert(
      fc.property(anyMonth, (of) => {
        const days = daysOf(of);
        expect(days).toEqual(days.toSorted());
        expect(days).toHaveLength(daysIn(periodOf(of)));
        const end = toInstant(endOf(of));
        expect(end).toMatch(/-01T00:00:00Z$/);
        expect(monthBefore(end)).toBe(of);
        expect(monthBefore(toInstant(endOf(of) - 1)) < of).toBe(true);
      }),
    );
  });

  test("may be closed this many whole days after its end", () => {
    expect(closableFrom(month("2026-04"), 3)).toBe("2026-05-04T00:00:00Z");
    expect(closableFrom(month("2026-12"), 3)).toBe("2027-01-04T00:00:00Z");
    expect(closableFrom(month("2024-02"), 0)).toBe("2024-03-01T00:00:00Z");
    expect(closableFrom(month("2026-01"), 40)).toBe("2026-03-13T00:00:00Z");
  });

  test("that is the calendar's last may be closed at its last second, and not after the last valid instant", () => {
    expect(closableFrom(month("9999-12"), 3)).toBe("9999-12-31T23:59:59Z");
    expect(closableFrom(month("9999-11"), 365)).toBe("9999-12-31T23:59:59Z");
  });

  test("counts the whole days since its end", () => {
    expect(daysSince(month("2026-04"), instant("2026-05-01T00:00:00Z"))).toBe(0);
    expect(daysSince(month("2026-04"), instant("2026-05-04T05:59:59Z"))).toBe(3);
    expect(daysSince(month("2026-04"), instant("2026-04-30T23:59:59Z"))).toBe(-1);
  });
});

describe("the month before an instant's", () => {
  test.each([
    ["2026-05-01T00:00:00Z", "2026-04"],
    ["2026-05-31T23:59:59Z", "2026-04"],
    ["2026-03-31T12:00:00Z", "2026-02"],
    ["2027-01-01T00:00:00Z", "2026-12"],
    ["2027-01-31T23:59:59Z", "2026-12"],
    ["2000-01-01T00:00:00Z", "1999-12"],
  ])("%s is %s", (at, before) => {
    expect(monthBefore(instant(at))).toBe(before);
  });
});

describe("the month after another", () => {
  test.each([
    ["2026-04", "2026-05"],
    ["2026-12", "2027-01"],
    ["9999-11", "9999-12"],
  ])("%s is %s", (of, after) => {
    expect(monthAfter(month(of))).toBe(after);
  });

  test("outside of the years 0 to 9999 cannot be made, nor the month before them", () => {
    const refusal = new RangeError("not a month of the years 0 to 9999");
    expect(() => monthAfter(month("9999-12"))).toThrow(refusal);
    expect(() => monthBefore(instant("0000-01-31T00:00:00Z"))).toThrow(refusal);
  });
});

describe("an instant", () => {
  test.each(["2026-05-04T06:00:00Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z"])(
    "reads as %s",
    (text) => {
      expect(isInstant(text)).toBe(true);
      expect(toInstant(toMilliseconds(instant(text)))).toBe(text);
    },
  );

  test.each([
    "",
    "2026-05-04",
    "2026-05-04T06:00Z",
    "2026-05-04T06:00:00",
    "2026-05-04T06:00:00.000Z",
    "2026-05-04T06:00:00.5Z",
    "2026-05-04T06:00:00+00:00",
    "2026-05-04T06:00:00z",
    "2026-05-04t06:00:00Z",
    "2026-05-04 06:00:00Z",
    "2026-02-29T06:00:00Z",
    "2026-05-04T24:00:00Z",
    "2026-05-04T06:00:60Z",
    " 2026-05-04T06:00:00Z",
    "Mon, 04 May 2026 06:00:00 GMT",
    "+010000-01-01T00:00:00Z",
    "-000001-01-01T00:00:00Z",
    "+002026-05-04T06:00:00Z",
  ])("is not %j", (text) => {
    expect(isInstant(text)).toBe(false);
  });

  test("has one form only, so that text compares as time does", () => {
    fc.assert(
      fc.property(anyTime, anyTime, (a, b) => {
        const [earlier, later] = [toInstant(Math.min(a, b)), toInstant(Math.max(a, b))];
        expect(earlier <= later).toBe(true);
        expect(toMilliseconds(earlier)).toBe(Math.floor(Math.min(a, b) / 1_000) * 1_000);
      }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const hasForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text);
        expect(hasForm || !isInstant(text)).toBe(true);
      }),
    );
  });

  test("after the year 9999 cannot be made", () => {
    const refusal = new RangeError("not an instant of the years 0 to 9999");
    expect(() => toInstant(Date.UTC(10_000, 0, 1))).toThrow(refusal);
    expect(() => toInstant(Date.UTC(-1, 0, 1))).toThrow(refusal);
  });
});
