import { describe, expect, test } from "vitest";
import { readRollupEvent } from "../../../lib/rollup/rollup-event.ts";

describe("the event of a rollup", () => {
  test.each([{}, { task: "roll up" }, { allow_empty_days: [] }, { task: "roll up", allow_empty_days: [] }])(
    "%j rolls up, and no day may lose its calls",
    (event) => {
      expect(readRollupEvent(event)).toEqual({ task: "roll up", mayEmpty: new Set() });
    },
  );

  test("names the days that may lose their calls", () => {
    expect(readRollupEvent({ allow_empty_days: ["2026-04-19", "2026-04-20"] })).toEqual({
      task: "roll up",
      mayEmpty: new Set(["2026-04-19", "2026-04-20"]),
    });
  });

  test("asks for a compaction", () => {
    expect(readRollupEvent({ task: "compact" })).toEqual({ task: "compact" });
  });

  test.each([
    undefined,
    null,
    "compact",
    { task: "" },
    { task: "vacuum" },
    { task: "compact", allow_empty_days: [] },
    { other: 1 },
    { allow_empty_days: "2026-04-19" },
    { allow_empty_days: ["2026-02-30"] },
    { allow_empty_days: [20_260_419] },
  ])("%j is refused, and the message says what the function takes", (event) => {
    expect(() => readRollupEvent(event)).toThrow(
      expect.objectContaining({
        name: "RollupError",
        code: "invalid_event",
        message:
          'The function takes {"task": "roll up", "allow_empty_days"?: ["YYYY-MM-DD"]} or {"task": "compact"}.',
      }),
    );
  });
});
