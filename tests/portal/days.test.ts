import { describe, expect, test } from "vitest";
import { parseDays } from "../../portal/days.ts";
import { UnexpectedAnswer } from "../../portal/parse.ts";

const DAYS = ["2026-03-30", "2026-03-31", "2026-04-01"].map((date, index) => ({
  date,
  total_voice_minutes: index / 4,
  call_count: index,
}));

describe("usage by day", () => {
  test("is read with its exact seconds, day by day", () => {
    expect(parseDays({ data: DAYS }, "2026-03-30", "2026-04-01")).toEqual([
      { date: "2026-03-30", seconds: 0, calls: 0 },
      { date: "2026-03-31", seconds: 15, calls: 1 },
      { date: "2026-04-01", seconds: 30, calls: 2 },
    ]);
  });

  test.each([
    ["a day that is missing", [DAYS[0], DAYS[2]]],
    ["days in another order", DAYS.toReversed()],
    ["a day too many", [...DAYS, { ...DAYS[0], date: "2026-04-02" }]],
    ["text for a figure", [{ ...DAYS[0], total_voice_minutes: "1" }, DAYS[1], DAYS[2]]],
    ["no days", []],
  ])("with %s is refused, never drawn as less", (_, data) => {
    expect(() => parseDays({ data }, "2026-03-30", "2026-04-01")).toThrow(UnexpectedAnswer);
  });
});
