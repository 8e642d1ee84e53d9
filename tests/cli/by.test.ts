import { describe, expect, test } from "vitest";
import { callTo, JSON_TYPE } from "./call-to.ts";
import { answers } from "./scripted-service.ts";

const id = (end: string) => `0b9c1d2e-0000-4000-8000-${end.padStart(12, "0")}`;
const ANNA = {
  agent_id: id("1"),
  agent_name: "Anna",
  reseller_name: "Northwind Voice",
  total_minutes: 20,
  call_count: 1_200,
  organization_id: id("2"),
  organization_name: "Acme Dental",
  reseller_id: id("3"),
};
const BORIS = { ...ANNA, agent_id: id("4"), agent_name: "Boris", total_minutes: 0, call_count: 0 };
const PERIOD = { start_date: "2026-04-01", end_date: "2026-04-30" };

function served(data: readonly object[]) {
  return answers(200, JSON.stringify({ data, period: PERIOD }), JSON_TYPE);
}

describe("report --by agent", () => {
  const args = ["--by", "agent", "--agent", `${id("1")},${id("4")}`];

  test("prints calls and minutes of each agent, and their total", async () => {
    const { code, stdout } = await callTo([served([ANNA, BORIS])], args);
    expect([code, stdout]).toEqual([
      0,
      `\
Voice minutes by agent, 2026-04-01 to 2026-04-30 (UTC days, both included)

agent  organization  reseller         calls  minutes   share
────────────────────────────────────────────────────────────
Anna   Acme Dental   Northwind Voice  1,200    20.00  100.0%
Boris  Acme Dental   Northwind Voice      0     0.00    0.0%
────────────────────────────────────────────────────────────
Total                                 1,200    20.00  100.0%
`,
    ]);
  });

  test("prints nothing if an answer has minutes that are not whole seconds", async () => {
    const { code, stdout } = await callTo([served([{ ...ANNA, total_minutes: 0.01 }])], args);
    expect([code, stdout]).toEqual([1, ""]);
  });
});

describe("report --by day", () => {
  test("prints nothing if an answer lacks a day", async () => {
    const day = { date: "2026-04-01", total_voice_minutes: 1, call_count: 1 };
    const { code, stdout, stderr } = await callTo([served([day])], ["--by", "day"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("the days are not those of the period");
  });
});

describe("a call is refused", () => {
  test.each([
    [["--by", "week"], "--by takes organization, agent, day."],
    [["--by", "agent"], "--by agent needs --agent"],
    [["--agent", id("1")], "--agent needs --by agent."],
    [["--by", "day", "--agents"], "--agents needs --by organization."],
    [["--by", "day", "--ids"], "--ids needs --by organization or --by agent."],
  ])("with %j", async (args, said) => {
    const { code, stdout, stderr } = await callTo([], args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(said);
  });
});
