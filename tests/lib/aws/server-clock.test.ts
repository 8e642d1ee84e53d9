import { describe, expect, test } from "vitest";
import { serverClock } from "../../../lib/aws/server-clock.ts";

const NOW = Date.UTC(2026, 4, 1, 12);
const dateIn = (milliseconds: number) => new Date(NOW + milliseconds).toUTCString();

describe("the servers' clock", () => {
  test.each([
    ["no date", undefined],
    ["something else than a date", "yesterday"],
    ["nearly the same time", dateIn(3 * 60_000)],
    ["nearly the same time before", dateIn(-3 * 60_000)],
  ])("is this machine's after an answer with %s", (_, date) => {
    const clock = serverClock(() => NOW);
    expect(clock.learn(date)).toBe(false);
    expect(clock.offset()).toBe(0);
  });

  test.each([5 * 60_000, -5 * 60_000, 86_400_000])("is learned from an answer that is %i ms off", (off) => {
    const clock = serverClock(() => NOW);
    expect(clock.learn(dateIn(off))).toBe(true);
    expect(clock.offset()).toBe(off);
    expect(clock.learn(dateIn(off))).toBe(false);
    expect(clock.offset()).toBe(off);
  });

  test("follows this machine's clock when that is set right", () => {
    let now = NOW;
    const clock = serverClock(() => now);
    clock.learn(dateIn(3_600_000));
    now += 3_600_000;
    expect(clock.learn(dateIn(3_600_000))).toBe(true);
    expect(clock.offset()).toBe(0);
  });
});
