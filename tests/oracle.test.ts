import { describe, expect, test } from "vitest";
import type { CallRecord } from "../local/lake/records.ts";
import { expectedReport } from "./oracle.ts";
import {
  agent,
  call,
  DIRECTORY,
  EMPTY,
  figures,
  lakeOf,
  organization,
  QUESTION,
  reseller,
} from "./small-lake.ts";

/** The figures of one call with these records, in this order and in the reverse one. */
function choice(...records: readonly Partial<CallRecord>[]): string[] {
  const calls = records.map((record) => call({ call_id: "c1", ...record }));
  const forward = figures(lakeOf(calls, EMPTY), { resellers: ["r1", "r2"] });
  expect(figures(lakeOf(calls.toReversed(), EMPTY), { resellers: ["r1", "r2"] })).toEqual(forward);
  return forward;
}

const LATER = new Date("2026-04-10T10:00:00.001Z");

describe("which record of a call counts", () => {
  test("an exact copy counts once", () => {
    expect(choice({}, {}, {})).toEqual(["r1/o1 1 [a1 1]"]);
  });

  test("two calls with the same columns are two calls", () => {
    expect(figures(lakeOf([call({ call_id: "c1" }), call({ call_id: "c2" })]))).toEqual(["r1/o1 2 [a1 2]"]);
  });

  test("the latest recorded_at counts, even if its duration is smaller", () => {
    expect(choice({ duration_seconds: 600n }, { duration_seconds: 30n, recorded_at: LATER })).toEqual([
      "r1/o1 0.5 [a1 0.5]",
    ]);
  });

  test("a correction that takes the agent off moves the call to Unassigned", () => {
    expect(choice({}, { agent_id: null, recorded_at: LATER })).toEqual(["r1/o1 1 [nil 1]"]);
  });

  test("a correction to a duration of null makes the call one in progress, with its agent", () => {
    expect(choice({}, { duration_seconds: null, recorded_at: LATER })).toEqual(["r1/o1 0 [a1 0]"]);
  });

  test("a tie goes to the larger duration", () => {
    expect(choice({ duration_seconds: 60n, agent_id: "a0" }, { duration_seconds: 120n })).toEqual([
      "r1/o1 2 [a1 2]",
    ]);
  });

  test("a tie goes to a negative duration before null", () => {
    expect(
      choice({ duration_seconds: null, agent_id: "a0" }, { duration_seconds: -5n, agent_id: "a1" }),
    ).toEqual(["r1/o1 0 [a1 0]"]);
  });

  test("a tie in duration goes to the smaller reseller, then organization, then agent", () => {
    expect(choice({ reseller_id: "r2", organization_id: "o0" }, { reseller_id: "r1" })).toEqual([
      "r1/o1 1 [a1 1]",
    ]);
    expect(choice({ organization_id: "o2", agent_id: "a0" }, { organization_id: "o1" })).toEqual([
      "r1/o1 1 [a1 1]",
    ]);
    expect(choice({ agent_id: "a2" }, { agent_id: "a1" })).toEqual(["r1/o1 1 [a1 1]"]);
  });

  test("a tie goes to a record with an agent before one without", () => {
    expect(choice({ agent_id: null }, { agent_id: "a9" })).toEqual(["r1/o1 1 [a9 1]"]);
  });

  test("a tie between two nulls is decided by the next column", () => {
    expect(
      choice({ duration_seconds: null, agent_id: "a2" }, { duration_seconds: null, agent_id: "a1" }),
    ).toEqual(["r1/o1 0 [a1 0]"]);
  });

  test("durations below zero and null count as 0", () => {
    const calls = [-60n, null, 0n, 60n].map((duration_seconds, i) =>
      call({ call_id: `c${i}`, duration_seconds }),
    );
    expect(figures(lakeOf(calls))).toEqual(["r1/o1 1 [a1 1]"]);
  });
});

describe("scope and filters", () => {
  const moved = [
    call({ call_id: "c1" }),
    call({ call_id: "c1", reseller_id: "r2", organization_id: "o2", agent_id: "a2", recorded_at: LATER }),
  ];

  test("a call that was corrected to another reseller is reported only to that one", () => {
    expect(figures(lakeOf(moved, EMPTY), { resellers: ["r1"] })).toEqual([]);
    expect(figures(lakeOf(moved, EMPTY), { resellers: ["r2"] })).toEqual(["r2/o2 1 [a2 1]"]);
  });

  test("filters apply to the record that counts, not to the candidates", () => {
    const resellers = ["r1", "r2"];
    expect(figures(lakeOf(moved, EMPTY), { resellers, organization_ids: ["o1"] })).toEqual([]);
    expect(figures(lakeOf(moved, EMPTY), { resellers, reseller_ids: ["r1"] })).toEqual([]);
    expect(figures(lakeOf(moved, EMPTY), { resellers, organization_ids: ["o2"] })).toEqual([
      "r2/o2 1 [a2 1]",
    ]);
  });

  test("a filter never widens the claim", () => {
    expect(figures(lakeOf(moved, EMPTY), { resellers: ["r1"], reseller_ids: ["r2"] })).toEqual([]);
    expect(figures(lakeOf(moved, EMPTY), { resellers: [] })).toEqual([]);
  });

  test("with both filters both apply", () => {
    const calls = [
      call({ call_id: "c1" }),
      call({ call_id: "c2", organization_id: "o2" }),
      call({ call_id: "c3", reseller_id: "r2" }),
    ];
    expect(
      figures(lakeOf(calls, EMPTY), {
        resellers: ["r1", "r2"],
        organization_ids: ["o1"],
        reseller_ids: ["r1"],
      }),
    ).toEqual(["r1/o1 1 [a1 1]"]);
  });

  test("filters narrow the directory too", () => {
    expect(figures(lakeOf([]), { organization_ids: ["o9"] })).toEqual([]);
    expect(figures(lakeOf([]), { organization_ids: ["o1"] })).toEqual(["r1/o1 0 [a1 0]"]);
  });

  test("ids compare in lower case and count once", () => {
    expect(figures(lakeOf([]), { organization_ids: ["O1", "o1"], reseller_ids: ["R1"] })).toEqual([
      "r1/o1 0 [a1 0]",
    ]);
  });

  test("both days of the period are included, from their first to their last millisecond", () => {
    const calls = [
      call({ call_id: "c1", started_at: new Date("2026-03-31T23:59:59.999Z"), duration_seconds: 60n }),
      call({ call_id: "c2", started_at: new Date("2026-04-01T00:00:00.000Z"), duration_seconds: 120n }),
      call({ call_id: "c3", started_at: new Date("2026-04-02T23:59:59.999Z"), duration_seconds: 240n }),
      call({ call_id: "c4", started_at: new Date("2026-04-03T00:00:00.000Z"), duration_seconds: 480n }),
    ];
    expect(figures(lakeOf(calls), { start_date: "2026-04-01", end_date: "2026-04-02" })).toEqual([
      "r1/o1 6 [a1 6]",
    ]);
  });
});

describe("who is listed", () => {
  test("an organization without calls has 0, its agents have 0, and one without agents has none", () => {
    const directory = {
      ...DIRECTORY,
      organizations: [
        ...DIRECTORY.organizations,
        organization({ organization_id: "o2", name: "Bare", reseller_id: "r1" }),
      ],
    };
    expect(figures(lakeOf([], directory))).toEqual(["r1/o1 0 [a1 0]", "r1/o2 0 []"]);
  });

  test("what was deleted from the directory is reported by its UUIDs for the days with calls", () => {
    expect(expectedReport(lakeOf([call({ call_id: "c1" })], EMPTY), QUESTION).data).toEqual([
      {
        organization_id: "o1",
        organization_name: "o1",
        reseller_id: "r1",
        reseller_name: "r1",
        total_voice_minutes: 1,
        agent_count: 1,
        agents: [{ agent_id: "a1", agent_name: "a1", voice_minutes: 1 }],
      },
    ]);
    expect(figures(lakeOf([call({ call_id: "c1" })], EMPTY), { end_date: "2026-04-09" })).toEqual([]);
  });

  test("agents of an organization that was deleted are not listed without calls, nor named", () => {
    const directory = { ...DIRECTORY, organizations: [] };
    expect(figures(lakeOf([], directory))).toEqual([]);
    const [entry] = expectedReport(
      lakeOf([call({ call_id: "c1", agent_id: "a2" })], directory),
      QUESTION,
    ).data;
    expect(entry?.agents).toEqual([{ agent_id: "a2", agent_name: "a2", voice_minutes: 1 }]);
  });

  test("an organization that changed hands: the former owner sees UUIDs, the present owner names and agents", () => {
    const directory = {
      resellers: [...DIRECTORY.resellers, reseller({ reseller_id: "r2", name: "Former" })],
      organizations: DIRECTORY.organizations,
      agents: [...DIRECTORY.agents, agent({ agent_id: "a3", name: "Idle" })],
    };
    const calls = [
      call({ call_id: "c1", reseller_id: "r2" }),
      call({ call_id: "c2", duration_seconds: 30n }),
    ];
    expect(expectedReport(lakeOf(calls, directory), { ...QUESTION, resellers: ["r1", "r2"] }).data).toEqual([
      {
        organization_id: "o1",
        organization_name: "o1",
        reseller_id: "r2",
        reseller_name: "Former",
        total_voice_minutes: 1,
        agent_count: 1,
        agents: [{ agent_id: "a1", agent_name: "a1", voice_minutes: 1 }],
      },
      {
        organization_id: "o1",
        organization_name: "Acme",
        reseller_id: "r1",
        reseller_name: "Northwind",
        total_voice_minutes: 0.5,
        agent_count: 2,
        agents: [
          { agent_id: "a1", agent_name: "Ann", voice_minutes: 0.5 },
          { agent_id: "a3", agent_name: "Idle", voice_minutes: 0 },
        ],
      },
    ]);
  });

  test("an agent row whose reseller is not its organization's is ignored, with its name", () => {
    const directory = { ...DIRECTORY, agents: [agent({ agent_id: "a1", name: "Ann", reseller_id: "r2" })] };
    expect(figures(lakeOf([], directory), { resellers: ["r1", "r2"] })).toEqual(["r1/o1 0 []"]);
    const [entry] = expectedReport(lakeOf([call({ call_id: "c1" })], directory), QUESTION).data;
    expect(entry?.agents).toEqual([{ agent_id: "a1", agent_name: "a1", voice_minutes: 1 }]);
  });

  test("an organization listed under two resellers appears under each, with the agents of each", () => {
    const directory = {
      ...DIRECTORY,
      organizations: [
        organization({ organization_id: "o1", name: "Acme" }),
        organization({ organization_id: "o1", name: "Acme West", reseller_id: "r2" }),
      ],
      agents: [
        agent({ agent_id: "a1", name: "Ann" }),
        agent({ agent_id: "a1", name: "Ann of r2", reseller_id: "r2" }),
      ],
    };
    const { data } = expectedReport(lakeOf([], directory), { ...QUESTION, resellers: ["r1", "r2"] });
    expect(data.map((e) => [e.reseller_id, e.organization_name, e.agents.map((a) => a.agent_name)])).toEqual([
      ["r1", "Acme", ["Ann"]],
      ["r2", "Acme West", ["Ann of r2"]],
    ]);
  });

  test("duplicate directory rows double neither seconds nor lines", () => {
    const directory = {
      resellers: [...DIRECTORY.resellers, ...DIRECTORY.resellers],
      organizations: [...DIRECTORY.organizations, ...DIRECTORY.organizations],
      agents: [...DIRECTORY.agents, ...DIRECTORY.agents],
    };
    expect(figures(lakeOf([call({ call_id: "c1" })], directory))).toEqual(["r1/o1 1 [a1 1]"]);
  });
});
