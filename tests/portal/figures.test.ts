import { describe, expect, test } from "vitest";
import { daysText, growthText, isSteady, share } from "../../portal/figures.ts";

describe("a share", () => {
  test.each([
    [0, "0.0%"],
    [0.000_001, "< 0.1%"],
    [0.0005, "0.1%"],
    [0.999_4, "99.9%"],
    [0.999_999, "> 99.9%"],
    [1, "100.0%"],
  ])("of %d is %j: a nonzero one is never 0%%, and a partial one never 100%%", (part, text) => {
    expect(share(part)).toBe(text);
  });
});

describe("a growth", () => {
  test.each([
    [0.000_4, true, "0.0%"],
    [-0.000_4, true, "0.0%"],
    [0.000_6, false, "+0.1%"],
    [-0.41, false, "-41.0%"],
    [12.5, false, "+1,250%"],
  ])("of %d is steady: %s, and reads %j", (rate, isSmall, text) => {
    expect([isSteady(rate), growthText(rate)]).toEqual([isSmall, text]);
  });
});

describe("days", () => {
  test.each([
    ["2026-04-03", "2026-04-03", "3 April 2026"],
    ["2026-04-03", "2026-04-09", "3 to 9 April 2026"],
    ["2026-03-28", "2026-04-03", "28 March to 3 April 2026"],
    ["2025-12-28", "2026-01-03", "28 December 2025 to 3 January 2026"],
    ["soon", "2026-01-03", "soon to 2026-01-03"],
  ])("from %s to %s read %j", (start, end, text) => {
    expect(daysText({ kind: "range", start, end })).toBe(text);
  });
});
