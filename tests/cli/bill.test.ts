import { describe, expect, test } from "vitest";
import { readBill } from "../../cli/bill/read-bill.ts";
import { EXIT } from "../../cli/report/failure.ts";
import { type CallOptions, callBill } from "./call.ts";
import { CSV_TYPE, JSON_TYPE } from "./call-to.ts";
import { answers, type Step, scriptedService } from "./scripted-service.ts";

const [NORTH, DENTAL, ANNA] = ["a1", "b1", "c1"].map((end) => `00000000-0000-4000-8000-0000000000${end}`);
const LINE = {
  organization_id: DENTAL,
  organization_name: "Acme Dental",
  reseller_id: NORTH,
  reseller_name: "Northwind Voice",
};
const HEAD = { number: 2, kind: "month", period: "2026-05", as_of: "2026-06-04T06:00:00Z" };
const TOTALS = {
  usage_lines: 2,
  usage_seconds: 540_000,
  usage_minutes: 9_000,
  adjustment_lines: 1,
  adjustment_seconds: -901,
  adjustment_minutes: -15.02,
  seconds: 539_099,
  minutes: 8_984.98,
};
const BILL = {
  ...HEAD,
  usage: [
    {
      data: [
        {
          ...LINE,
          total_voice_minutes: 9_000,
          total_voice_seconds: 540_000,
          agent_count: 2,
          agents: [
            { agent_id: ANNA, agent_name: "Anna", voice_minutes: 9_000, voice_seconds: 540_000 },
            { agent_id: NORTH, agent_name: "Boris", voice_minutes: 0, voice_seconds: 0 },
          ],
        },
      ],
      period: { start_date: "2026-05-01", end_date: "2026-05-31" },
      revision: 1,
    },
  ],
  adjustments: [
    {
      ...LINE,
      period: "2026-04",
      revision: 2,
      original_bill: 1,
      agent_id: ANNA,
      agent_name: "Anna",
      seconds_before: 901,
      seconds_after: 0,
      seconds_delta: -901,
      minutes_delta: -15.02,
    },
  ],
  totals: TOTALS,
  sources: [],
};
const NOTHING = { ...TOTALS, usage_lines: 0, usage_seconds: 0, adjustment_lines: 0, adjustment_seconds: 0 };
const LIST = {
  data: [
    {
      ...HEAD,
      number: 1,
      kind: "opening",
      period: null,
      totals: { ...NOTHING, usage_seconds: 60, seconds: 60, minutes: 1 },
    },
    { ...HEAD, totals: TOTALS },
    { ...HEAD, number: 3, kind: "adjustments", period: null, totals: null },
  ],
  pending: [
    {
      period: "2026-04",
      revision: 3,
      adjustment_lines: 1,
      adjustment_seconds: 301,
      adjustment_minutes: 5.02,
    },
  ],
};

function json(document: unknown): Step {
  return answers(200, JSON.stringify(document), JSON_TYPE);
}

async function billFrom(steps: readonly Step[], args: readonly string[], options: CallOptions = {}) {
  await using service = await scriptedService(...steps);
  const environment = { MINUTES_URL: service.url, MINUTES_TOKEN: "secret-token" };
  const called = await callBill(args, { environment, ...options });
  expect(called.stdout + called.stderr).not.toContain("secret-token");
  return { ...called, asked: service.asked };
}

describe("voice-minutes bill", () => {
  test("prints the bills, the caller's totals, and what waits for a bill", async () => {
    const { code, stdout, stderr, asked } = await billFrom([json(LIST)], []);
    expect([code, asked]).toEqual([0, ["GET /v1/billing/bills"]]);
    expect(stdout).toBe(`\
Bills

bill  kind         month    usage, s  adjustments, s  total, s   minutes  as of
──────────────────────────────────────────────────────────────────────────────────────────────
   1  opening      -              60               0        60      1.00  2026-06-04T06:00:00Z
   2  month        2026-05   540,000            -901   539,099  8,984.98  2026-06-04T06:00:00Z
   3  adjustments  -         damaged         damaged   damaged   damaged  2026-06-04T06:00:00Z

Adjustments that wait for a bill

month    revision  lines  seconds  minutes
──────────────────────────────────────────
2026-04         3      1      301     5.02
`);
    expect(stderr).toBe("Note: stored data of bills is damaged: 3. Do not post them; tell the operator.\n");
  });

  test("says so if there is no bill and nothing waits", async () => {
    const { stdout } = await billFrom([json({ data: [], pending: [] })], ["--quiet"]);
    expect(stdout).toBe("No bill yet\n\nNo adjustments wait for a bill\n");
  });

  test("names the months whose adjustments are damaged, and does not say that none wait", async () => {
    const { stdout } = await billFrom([json({ data: [], pending: [], damaged: ["2026-03"] })], []);
    expect(stdout).toBe(
      "No bill yet\n\nAdjustments that cannot be read, because they are damaged: 2026-03\n",
    );
  });

  test("with a number prints its lines, its adjustments with their month, and what to invoice", async () => {
    const { code, stdout, stderr, asked } = await billFrom([json(BILL)], ["2"]);
    expect([code, stderr, asked]).toEqual([0, "", ["GET /v1/billing/bills/2"]]);
    expect(stdout).toBe(`\
Bill 2, month 2026-05, as of 2026-06-04T06:00:00Z

Usage of 2026-05, revision 1

organization  agent  seconds   minutes
──────────────────────────────────────
Acme Dental   Anna   540,000  9,000.00
Acme Dental   Boris        0      0.00
──────────────────────────────────────
Total                540,000  9,000.00

Adjustments

month    revision  first bill  organization  agent  before, s  after, s  seconds  minutes
─────────────────────────────────────────────────────────────────────────────────────────
2026-04         2           1  Acme Dental   Anna         901         0     -901   -15.02
─────────────────────────────────────────────────────────────────────────────────────────
Total                                                                       -901   -15.02

Usage: 2 lines, 540,000 s
Adjustments: 1 line, -901 s
To invoice: 539,099 s, 8,984.98 minutes
`);
  });

  test("says of an opening that it is not to be posted", async () => {
    const opening = { ...BILL, kind: "opening", period: null };
    const { stdout } = await billFrom([json(opening)], ["2"]);
    expect(stdout).toContain("Bill 2, opening: months that were invoiced elsewhere, do not post it, as of");
    expect(stdout).toContain("\nNot to invoice: 539,099 s");
  });

  test("notes that the caller has no line in the bill", async () => {
    const empty = { ...BILL, usage: [], adjustments: [], totals: { ...NOTHING, seconds: 0, minutes: 0 } };
    const { code, stderr } = await billFrom([json(empty)], ["2"]);
    expect([code, stderr]).toEqual([0, "Note: the token's resellers have no line in this bill.\n"]);
  });

  test("prints the service's CSV and JSON byte for byte, and on a terminal nothing that it would obey", async () => {
    const csv = 'bill,line_kind\r\n2,"\u001b[31mRed"\r\n';
    const step = answers(200, csv, CSV_TYPE);
    expect((await billFrom([step], ["2", "--csv"])).stdout).toBe(csv);
    expect((await billFrom([step], ["--csv", "2"], { terminal: 80 })).stdout).toBe(
      csv.replace("\u001b", "\uFFFD"),
    );
    expect((await billFrom([json(BILL)], ["2", "--json"])).stdout).toBe(JSON.stringify(BILL));
    expect((await billFrom([json(LIST)], ["--json", "--quiet"])).stdout).toBe(JSON.stringify(LIST));
    const hostile = JSON.stringify(BILL).replaceAll("Acme", "\\u001b[2JAcme");
    const shown = await billFrom([answers(200, hostile, JSON_TYPE)], ["2"], { terminal: 200 });
    expect(shown.stdout).toContain("\uFFFD[2JAcme Dental");
    expect(shown.stdout).not.toContain("\u001b");
  });

  test("asks again while the service is busy, as long as --wait allows", async () => {
    const busy = answers(503, "{}", { "retry-after": "1" });
    const { code, asked } = await billFrom([busy, json(BILL)], ["2", "--quiet"]);
    expect([code, asked.length]).toEqual([0, 2]);
    const refused = await billFrom([busy, json(BILL)], ["2", "--wait", "0"]);
    expect([refused.code, refused.asked.length, refused.stdout]).toEqual([EXIT.later, 1, ""]);
  });

  test("prints the service's message for an unknown bill, and does not question the address", async () => {
    const problem = {
      type: "/problems/not_found",
      title: "There is no such thing here",
      detail: "There is no bill 7. The bills are numbered 1 to 2.",
      request_id: "r",
    };
    const step = answers(404, JSON.stringify(problem), { "content-type": "application/problem+json" });
    const { code, stderr } = await billFrom([step], ["7"]);
    expect([code, stderr]).toEqual([EXIT.request, `${problem.title}\n${problem.detail}\nrequest_id r\n`]);
  });

  test.each([
    [["0"], "NUMBER is the number of a bill"],
    [["7/../8"], "NUMBER is the number of a bill"],
    [["1234567"], "NUMBER is the number of a bill"],
    [["1", "2"], "the number of one bill"],
    [["--csv"], "--csv needs the number of a bill"],
    [["1", "--csv", "--json"], "not both"],
    [["1", "--from", "2026-04-01"], "--from"],
  ])("with %j is refused before anything is sent, and names its own help", async (args, complaint) => {
    const { code, stdout, stderr } = await callBill(args, { environment: { MINUTES_TOKEN: "t" } });
    expect([code, stdout, stderr]).toEqual([EXIT.request, "", expect.stringContaining(complaint)]);
    expect(stderr).toContain("All options: voice-minutes bill --help\n");
  });

  test("--help tells every option and exit code", async () => {
    const { code, stdout } = await callBill(["--help"]);
    expect(code).toBe(0);
    for (const word of "csv json url token wait quiet help".split(" "))
      expect(stdout).toContain(`  --${word} `);
    expect(stdout.match(/^ {2}[0-9] {2}/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stdout.split("\n").filter((line) => line.length > 118)).toEqual([]);
  });
});

describe("a bill that is not what was asked for is not shown", () => {
  test.each<[string, object, string]>([
    ["another bill", { number: 3 }, "it is bill 3"],
    [
      "a line of usage lost",
      { totals: { ...TOTALS, usage_lines: 3 } },
      "the lines of usage do not add up to the totals",
    ],
    ["an adjustment lost", { adjustments: [] }, "the adjustments do not add up to the totals"],
    [
      "a total that is not the sum",
      { totals: { ...TOTALS, seconds: 1, minutes: 0.02 } },
      "do not add up to the total",
    ],
    ["minutes of other seconds", { totals: { ...TOTALS, minutes: 8_985 } }, "do not match the seconds"],
    ["no totals", { totals: null }, "totals"],
    ["a period that is not a month", { period: "2026-13" }, "not a month"],
  ])("with %s", (_, change, reason) => {
    const text = JSON.stringify({ ...BILL, ...change });
    expect(() => readBill(text, 2)).toThrow(reason);
  });

  test.each([
    ["JSON in place of CSV", ["2", "--csv"], json(BILL), "another media type"],
    ["CSV cut short", ["2", "--csv"], answers(200, "bill\r\n2", CSV_TYPE), "its last line has no end"],
    ["the list in place of a bill", ["2"], json(LIST), "not the requested bill"],
    [
      "a list with a gap",
      [],
      json({ data: [{ ...HEAD, totals: null }], pending: [] }),
      "not numbered 1, 2, 3",
    ],
  ])("%s", async (_, args, step, complaint) => {
    const { code, stdout, stderr } = await billFrom([step], args);
    expect([code, stdout, stderr]).toEqual([EXIT.fault, "", expect.stringContaining(complaint)]);
  });
});
