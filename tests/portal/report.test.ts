import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minutesText, toSeconds } from "../../lib/minutes.ts";
import { UnexpectedAnswer } from "../../portal/parse.ts";
import { parseMonths, parseReport, secondsOf } from "../../portal/report.ts";

const LINE = {
  organization_id: "o",
  organization_name: "Acme",
  reseller_id: "r",
  reseller_name: "North",
  total_voice_minutes: 512.7,
  agent_count: 1,
  agents: [{ agent_id: "a", agent_name: "Anna", voice_minutes: 512.7 }],
};
const ANSWER = { data: [LINE], period: { start_date: "2026-04-01", end_date: "2026-04-30" } };

describe("a figure of the API", () => {
  test("gives its exact seconds back, whatever it is", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (seconds) => {
        expect(secondsOf(JSON.parse(minutesText(toSeconds(seconds))))).toBe(seconds);
      }),
    );
  });
});

describe("an answer", () => {
  test("is read completely", () => {
    const report = parseReport(ANSWER);
    expect(report).toMatchObject({ start: "2026-04-01", end: "2026-04-30", billed: undefined });
    expect(report.organizations[0]).toMatchObject({
      key: "o.r",
      name: "Acme",
      seconds: 30_762,
      agentCount: 1,
    });
  });

  test("of a closed month has its revision and adjustments", () => {
    const adjustment = {
      reseller_id: "r",
      organization_id: "o",
      agent_id: "a",
      seconds_before: 61,
      seconds_after: 60,
      seconds_delta: -1,
    };
    const bill = { ...ANSWER, revision: 2, as_of: "2026-05-12T06:00:00Z", adjustments: [adjustment] };
    expect(parseReport(bill).billed).toEqual({
      revision: 2,
      asOf: "2026-05-12T06:00:00Z",
      adjustments: [{ resellerId: "r", organizationId: "o", agentId: "a", before: 61, after: 60, delta: -1 }],
    });
  });

  test.each([
    ["no object", []],
    ["no data", { period: ANSWER.period }],
    ["a figure that is text", { ...ANSWER, data: [{ ...LINE, total_voice_minutes: "512.7" }] }],
    ["a figure below zero", { ...ANSWER, data: [{ ...LINE, total_voice_minutes: -1 }] }],
    ["a name that is missing", { ...ANSWER, data: [{ ...LINE, organization_name: null }] }],
    ["half a bill", { ...ANSWER, revision: 1 }],
  ])("with %s is refused, never shown as less", (_, answer) => {
    expect(() => parseReport(answer)).toThrow(UnexpectedAnswer);
  });

  test("with a list of months lists months", () => {
    const month = { period: "2026-04", revision: 1, as_of: "2026-05-04T06:00:00Z" };
    const earlier = { ...month, period: "2026-03" };
    expect(parseMonths({ data: [month, earlier] })).toEqual({
      closed: [
        { month: "2026-03", revision: 1, asOf: "2026-05-04T06:00:00Z" },
        { month: "2026-04", revision: 1, asOf: "2026-05-04T06:00:00Z" },
      ],
      damaged: [],
    });
    expect(() => parseMonths({ data: [{ ...month, period: "April" }] })).toThrow(UnexpectedAnswer);
  });

  test("with damaged months lists them beside the others", () => {
    const month = { period: "2026-04", revision: 1, as_of: "2026-05-04T06:00:00Z" };
    expect(parseMonths({ data: [month], damaged: ["2026-03"] })).toEqual({
      closed: [{ month: "2026-04", revision: 1, asOf: "2026-05-04T06:00:00Z" }],
      damaged: ["2026-03"],
    });
  });

  test.each([
    { period: "2026-03" },
    { period: "2026-03", revision: null, as_of: null },
    { period: "2026-03", revision: "1", as_of: "2026-04-04T06:00:00Z" },
  ])("with the month %j is not such a list", (month) => {
    expect(() => parseMonths({ data: [month] })).toThrow(UnexpectedAnswer);
    expect(() => parseMonths({ data: [], damaged: [month] })).toThrow(UnexpectedAnswer);
  });
});
