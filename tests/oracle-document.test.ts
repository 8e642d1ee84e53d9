import { describe, expect, test } from "vitest";
import type { AgentRecord } from "../local/lake/records.ts";
import { expectedCsv, expectedReport } from "./oracle.ts";
import {
  agent,
  call,
  DIRECTORY,
  EMPTY,
  figures,
  lakeOf,
  NIL,
  organization,
  QUESTION,
  reseller,
} from "./small-lake.ts";

/** The name shown for an agent with these rows in the directory. */
function agentName(...rows: readonly Partial<AgentRecord>[]): string | undefined {
  const agents = rows.map((row) => agent({ agent_id: "a1", ...row }));
  return expectedReport(lakeOf([], { ...DIRECTORY, agents }), QUESTION).data[0]?.agents[0]?.agent_name;
}

describe("names", () => {
  const BLANK = ["", " ", "\t", "\r\n", "\u00a0", "\u3000", "\ufeff", " \u2003 "];

  test.each([null, ...BLANK])("skips %j as a name", (blank) => {
    expect(agentName({ name: blank, external_id: "X", internal_id: "I" })).toBe("X");
    expect(agentName({ name: blank, external_id: blank, internal_id: "I" })).toBe("I");
    expect(agentName({ name: blank, external_id: blank, internal_id: blank })).toBe("a1");
    const directory = {
      ...EMPTY,
      resellers: [reseller({ reseller_id: "r1", name: blank, internal_id: "R-1" })],
      organizations: [organization({ organization_id: "o1", name: blank, internal_id: "O-1" })],
    };
    const [entry] = expectedReport(lakeOf([], directory), QUESTION).data;
    expect([entry?.organization_name, entry?.reseller_name]).toEqual(["O-1", "R-1"]);
  });

  test("accepts a zero-width space as a name, and does not trim names", () => {
    expect(agentName({ name: "\u200b" })).toBe("\u200b");
    expect(agentName({ name: "  Ann\t" })).toBe("  Ann\t");
  });

  test("takes the largest value of each column of duplicate rows, by UTF-8 bytes", () => {
    expect(agentName({ name: "Ann" }, { name: "Bob" })).toBe("Bob");
    expect(agentName({ name: "Ann" }, { name: null })).toBe("Ann");
    expect(agentName({ name: null, external_id: "X" }, { name: "", external_id: null })).toBe("X");
    // U+1D11E has the larger bytes, U+FF5E the larger code unit.
    expect(agentName({ name: "\u{1d11e}" }, { name: "\uff5e" })).toBe("\u{1d11e}");
    expect(agentName({ name: "Ann", external_id: "X" }, { name: "\u3000", external_id: "W" })).toBe("X");
  });
});

describe("Unassigned", () => {
  test("calls without agent are one line, sorted by its minutes, and not counted as an agent", () => {
    const calls = [
      call({ call_id: "c1", duration_seconds: 30n }),
      call({ call_id: "c2", duration_seconds: 20n, agent_id: null }),
      call({ call_id: "c3", duration_seconds: 20n, agent_id: null }),
    ];
    const [entry] = expectedReport(lakeOf(calls), QUESTION).data;
    expect(entry?.agent_count).toBe(1);
    expect(entry?.agents).toEqual([
      { agent_id: NIL, agent_name: "Unassigned", voice_minutes: 0.67 },
      { agent_id: "a1", agent_name: "Ann", voice_minutes: 0.5 },
    ]);
  });

  test("a tie with an agent is decided by the name Unassigned", () => {
    const calls = [call({ call_id: "c1" }), call({ call_id: "c2", agent_id: null })];
    expect(figures(lakeOf(calls))).toEqual(["r1/o1 2 [a1 1, nil 1]"]);
    const named = { ...DIRECTORY, agents: [agent({ agent_id: "a1", name: "Zoe" })] };
    expect(figures(lakeOf(calls, named))).toEqual(["r1/o1 2 [nil 1, a1 1]"]);
  });

  test("calls without agent are left out at 0 seconds, but their organization is not", () => {
    const calls = [call({ call_id: "c1", agent_id: null, duration_seconds: null })];
    expect(figures(lakeOf(calls, EMPTY))).toEqual(["r1/o1 0 []"]);
  });

  test("a call whose agent is the nil UUID is one without agent, whatever the directory says", () => {
    const directory = { ...DIRECTORY, agents: [agent({ agent_id: NIL, name: "Nobody" })] };
    const calls = [call({ call_id: "c1", agent_id: NIL }), call({ call_id: "c2", agent_id: null })];
    const [entry] = expectedReport(lakeOf(calls, directory), QUESTION).data;
    expect(entry?.agent_count).toBe(0);
    expect(entry?.agents).toEqual([{ agent_id: NIL, agent_name: "Unassigned", voice_minutes: 2 }]);
  });
});

describe("order", () => {
  test("agents: largest by exact seconds even if the minutes are equal, then code units of the name, then id", () => {
    const names = { a1: "b", a2: "B", a3: "\uff5e", a4: "\u{1d11e}", a5: "b", a6: "é" };
    const agents = Object.entries(names).map(([agent_id, name]) => agent({ agent_id, name }));
    const calls = [
      call({ call_id: "c1", agent_id: "a6", duration_seconds: 1_000_000_001n }),
      call({ call_id: "c2", agent_id: "a2", duration_seconds: 1_000_000_002n }),
    ];
    const [entry] = expectedReport(lakeOf(calls, { ...DIRECTORY, agents }), QUESTION).data;
    expect(entry?.agents.map((line) => line.agent_id)).toEqual(["a2", "a6", "a1", "a5", "a4", "a3"]);
  });

  test("data: largest total, then code units of the shown name, then organization, then reseller", () => {
    const organizations = [
      organization({ organization_id: "o4", name: "same" }),
      organization({ organization_id: "o3", name: "same", reseller_id: "r2" }),
      organization({ organization_id: "o3", name: "same" }),
      organization({ organization_id: "o2", name: "Zebra" }),
      organization({ organization_id: "o1" }),
    ];
    const calls = [call({ call_id: "c1", organization_id: "o4", agent_id: null })];
    expect(
      figures(lakeOf(calls, { ...EMPTY, organizations }), { resellers: ["r1", "r2"] }).map(
        (line) => line.split(" ")[0],
      ),
    ).toEqual(["r1/o4", "r1/o2", "r1/o1", "r1/o3", "r2/o3"]);
  });
});

describe("minutes", () => {
  test.each([
    [0n, 0],
    [1n, 0.02],
    [2n, 0.03],
    [3n, 0.05],
    [4n, 0.07],
    [59n, 0.98],
    [60n, 1],
    [61n, 1.02],
    [30_762n, 512.7],
    [1_000_000_000_000n, 16_666_666_666.67],
    [1_000_000_000_000_000n, 16_666_666_666_666.67],
  ])("%d seconds are %d minutes, and give their seconds back", (duration_seconds, minutes) => {
    const { data } = expectedReport(lakeOf([call({ call_id: "c1", duration_seconds })]), QUESTION);
    expect(data[0]?.total_voice_minutes).toBe(minutes);
    expect(BigInt(Math.round(minutes * 60))).toBe(duration_seconds);
  });

  test("a total is rounded from its own seconds, not summed from rounded lines", () => {
    const calls = ["a1", "a2", "a3"].map((agent_id) =>
      call({ call_id: agent_id, agent_id, duration_seconds: 1n }),
    );
    expect(figures(lakeOf(calls, EMPTY))).toEqual(["r1/o1 0.05 [a1 0.02, a2 0.02, a3 0.02]"]);
  });

  test("a sum above 2^53 - 1 is an error", () => {
    const duration_seconds = BigInt(Number.MAX_SAFE_INTEGER);
    const calls = [call({ call_id: "c1", duration_seconds }), call({ call_id: "c2", duration_seconds: 1n })];
    expect(() => expectedReport(lakeOf(calls), QUESTION)).toThrow(RangeError);
  });
});

describe("the documents", () => {
  const lake = lakeOf(
    [
      call({ call_id: "c1", duration_seconds: 100n }),
      call({ call_id: "c2", duration_seconds: 7n, agent_id: null }),
    ],
    {
      ...DIRECTORY,
      organizations: [
        organization({ organization_id: "o1", name: 'Acme "Dental", Ltd' }),
        organization({ organization_id: "o2", name: "=SUM(A1)" }),
      ],
    },
  );

  test("JSON has exactly the contract's members, in its order", () => {
    expect(JSON.stringify(expectedReport(lake, QUESTION))).toBe(
      '{"data":[' +
        '{"organization_id":"o1","organization_name":"Acme \\"Dental\\", Ltd","reseller_id":"r1","reseller_name":"Northwind",' +
        '"total_voice_minutes":1.78,"agent_count":1,"agents":[' +
        '{"agent_id":"a1","agent_name":"Ann","voice_minutes":1.67},' +
        `{"agent_id":"${NIL}","agent_name":"Unassigned","voice_minutes":0.12}]},` +
        '{"organization_id":"o2","organization_name":"=SUM(A1)","reseller_id":"r1","reseller_name":"Northwind",' +
        '"total_voice_minutes":0,"agent_count":0,"agents":[]}],' +
        '"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}',
    );
  });

  test("CSV has one line for each agent, one for an organization without any, and disarms formulas", () => {
    expect(expectedCsv(lake, QUESTION)).toBe(
      "organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name,voice_minutes,voice_seconds,start_date,end_date\r\n" +
        'o1,"Acme ""Dental"", Ltd",r1,"Northwind",a1,"Ann",1.67,100,2026-04-01,2026-04-30\r\n' +
        `o1,"Acme ""Dental"", Ltd",r1,"Northwind",${NIL},"Unassigned",0.12,7,2026-04-01,2026-04-30\r\n` +
        `o2,"'=SUM(A1)",r1,"Northwind",,,0,0,2026-04-01,2026-04-30\r\n`,
    );
  });

  test.each([
    ["=1", `"'=1"`],
    ["+1", `"'+1"`],
    ["-1", `"'-1"`],
    ["@a", `"'@a"`],
    ["＠a", `"'＠a"`],
    ["\ta", `"'\ta"`],
    ["\ra", `"'\ra"`],
    ["a;=1", `"a;'=1"`],
    ['a;"=1', `"a;'""=1"`],
    [" =1", '" =1"'],
    ["a\nb", '"a\nb"'],
    ['"', '""""'],
  ])("the CSV cell of %j is %j", (name, cell) => {
    const directory = { ...EMPTY, organizations: [organization({ organization_id: "o1", name })] };
    expect(expectedCsv(lakeOf([], directory), QUESTION)).toContain(`\r\no1,${cell},r1,"r1",,,0,0,`);
  });

  test("a request without resellers has an empty answer: no entries, only the header", () => {
    const question = { ...QUESTION, resellers: [] };
    expect(JSON.stringify(expectedReport(lake, question))).toBe(
      '{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}',
    );
    expect(expectedCsv(lake, question).split("\r\n")).toHaveLength(2);
  });
});
