import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMonth } from "../../lib/billing/month.ts";
import { previousDays } from "../../portal/previous.ts";
import { COLUMNS, type Days, readView, type View, writeView } from "../../portal/view.ts";

const TODAY = "2026-11-23";

const word = fc.stringMatching(/^[\w-]{1,8}$/);
const days: fc.Arbitrary<Days> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: 1, max: 12 }))
    .map(([year, number]) => `${year}-${String(number).padStart(2, "0")}`)
    .filter(isMonth)
    .map((month) => ({ kind: "month" as const, month })),
  fc.record({ kind: fc.constant("range" as const), start: fc.string(), end: fc.string() }),
);
const view: fc.Arbitrary<View> = fc.record({
  days,
  figures: fc.constantFrom("billed" as const, "live" as const),
  revision: fc.option(fc.integer({ min: 1, max: 9_999 }), { nil: undefined }),
  resellers: fc.uniqueArray(word),
  search: fc.string(),
  sort: fc.record({ by: fc.constantFrom(...COLUMNS), descending: fc.boolean() }),
  open: fc.uniqueArray(word),
  bill: fc.option(fc.oneof(fc.constant("all" as const), fc.integer({ min: 1, max: 9_999 })), {
    nil: undefined,
  }),
});

describe("the address", () => {
  test("restores every view", () => {
    fc.assert(
      fc.property(view, (seen) => {
        expect(readView(writeView(seen), TODAY)).toEqual(seen);
      }),
    );
  });

  test("shows the present month without a month, and with an invalid one", () => {
    const present = { days: { kind: "month", month: "2026-11" }, search: "", open: [] };
    expect(readView("", TODAY)).toMatchObject(present);
    expect(readView("?month=2026-13&revision=0&sort=size&figures=x", TODAY)).toMatchObject({
      ...present,
      revision: undefined,
      figures: "billed",
      sort: { by: "minutes", descending: true },
    });
  });
});

function monthOf(text: string): Days {
  if (!isMonth(text)) throw new Error(`${text} is no month`);
  return { kind: "month", month: text };
}

describe("the period before", () => {
  test.each([
    ["a month", monthOf("2026-05"), monthOf("2026-04")],
    ["January", monthOf("2026-01"), monthOf("2025-12")],
    [
      "the month that is running",
      monthOf("2026-11"),
      { kind: "range", start: "2026-10-01", end: "2026-10-23" },
    ],
    [
      "some days",
      { kind: "range", start: "2026-03-01", end: "2026-03-07" } as const,
      { kind: "range", start: "2026-02-22", end: "2026-02-28" },
    ],
    [
      "a day",
      { kind: "range", start: "2024-03-01", end: "2024-03-01" } as const,
      { kind: "range", start: "2024-02-29", end: "2024-02-29" },
    ],
  ])("of %s", (_, seen, before) => {
    expect(previousDays(seen, TODAY)).toEqual(before);
  });

  test("of the last days of a longer month ends with the month before", () => {
    expect(previousDays(monthOf("2026-03"), "2026-03-30")).toEqual({
      kind: "range",
      start: "2026-02-01",
      end: "2026-02-28",
    });
  });

  test.each([
    { start: "2026-04-10", end: "2026-04-01" },
    { start: "", end: "2026-04-01" },
  ])("does not exist for invalid days: %j", (bounds) => {
    expect(previousDays({ kind: "range", ...bounds }, TODAY)).toBeUndefined();
  });
});
