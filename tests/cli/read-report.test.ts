import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReportFailure } from "../../cli/report/failure.ts";
import { readReport } from "../../cli/report/read-report.ts";
import { reportJson } from "../../lib/reports/minutes-by-organization/json.ts";
import { anyRows, PERIOD, reportOf } from "../lib/usage/rows.ts";
import { uuid } from "../lib/valid.ts";

const ASKED = { from: PERIOD.start, to: PERIOD.end };

test("reads the service's report back exactly, to the second", async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, async (rows) => {
      const report = await reportOf(rows);
      expect(readReport([...reportJson(report)].join(""), ASKED)).toEqual(report);
    }),
  );
});

const AGENT = { agent_id: uuid("3"), agent_name: "Anna", voice_minutes: 1.02 };
const ENTRY = {
  organization_id: uuid("2"),
  organization_name: "Acme",
  reseller_id: uuid("1"),
  reseller_name: "North",
  total_voice_minutes: 1.02,
  agent_count: 1,
  agents: [AGENT],
};
const DOCUMENT = { data: [ENTRY], period: { start_date: PERIOD.start, end_date: PERIOD.end } };

describe("refuses a report", () => {
  test.each([
    [
      "of another period",
      { ...DOCUMENT, period: { ...DOCUMENT.period, end_date: "2026-04-29" } },
      "2026-04-29",
    ],
    ["without data", { period: DOCUMENT.period }, "data"],
    ["with an error in it", { message: "Internal Server Error" }, "data"],
    [
      "whose agents do not add up",
      { ...DOCUMENT, data: [{ ...ENTRY, total_voice_minutes: 1.03 }] },
      "data.0",
    ],
    [
      "whose agents are not as many as it says",
      { ...DOCUMENT, data: [{ ...ENTRY, agent_count: 2 }] },
      "data.0",
    ],
    [
      "with minutes that no seconds make",
      { ...DOCUMENT, data: [{ ...ENTRY, agents: [{ ...AGENT, voice_minutes: 1.01 }] }] },
      "data.0.agents.0.voice_minutes",
    ],
    [
      "with minutes below zero",
      { ...DOCUMENT, data: [{ ...ENTRY, total_voice_minutes: -1 }] },
      "total_voice_minutes",
    ],
    ["with an invalid id", { ...DOCUMENT, data: [{ ...ENTRY, reseller_id: "x" }] }, "data.0.reseller_id"],
    [
      "whose total no number holds",
      {
        ...DOCUMENT,
        data: [2, 3].map(() => ({
          ...ENTRY,
          total_voice_minutes: 2 ** 47,
          agents: [{ ...AGENT, voice_minutes: 2 ** 47 }],
        })),
      },
      "too large",
    ],
  ])("%s", (_, document, complaint) => {
    const read = () => readReport(JSON.stringify(document), ASKED);
    expect(read).toThrow(ReportFailure);
    expect(read).toThrow(complaint);
  });

  test.each(["", "<html>", JSON.stringify(DOCUMENT).slice(0, -1)])("that is not JSON: %j", (text) => {
    expect(() => readReport(text, ASKED)).toThrow("it is not JSON");
  });
});
