import { describe, expect, test } from "vitest";
import type { Bill } from "../../../lib/billing/bills/bill.ts";
import { billCsv, billJson, billsJson } from "../../../lib/billing/bills/bill-view.ts";
import type { BilledAdjustment, CallerBill } from "../../../lib/billing/bills/caller-bill.ts";
import { toSignedSeconds } from "../../../lib/minutes.ts";
import { secondsOf, uuid } from "../valid.ts";
import { usageOf } from "./usages.ts";
import { instant, month } from "./valid.ts";

const [MARCH, APRIL, MAY] = [month("2026-03"), month("2026-04"), month("2026-05")];
const [R, O, A, B] = [uuid("51"), uuid("b9"), uuid("7d"), uuid("7e")];

const BILL: Bill = {
  schema_version: 1,
  number: 7,
  kind: "month",
  period: MAY,
  as_of: instant("2026-06-04T06:00:00Z"),
  previous: { number: 6, sha256: "0".repeat(64) },
  sources: [
    { period: MAY, revision: 1, sha256: "1".repeat(64), kind: "usage" },
    { period: MARCH, revision: 3, sha256: "2".repeat(64), kind: "adjustments" },
    { period: APRIL, revision: 2, sha256: "3".repeat(64), kind: "adjustments" },
    { period: APRIL, revision: 3, sha256: "4".repeat(64), kind: "adjustments" },
  ],
  totals: {
    usage_seconds: toSignedSeconds(987_654),
    adjustment_seconds: toSignedSeconds(-876_543),
    seconds: toSignedSeconds(111_111),
  },
  left_out: [{ period: APRIL, revision: 4 }],
};

function adjustment(of: Partial<BilledAdjustment>): BilledAdjustment {
  return {
    period: APRIL,
    revision: 2,
    originalBill: 5,
    resellerId: R,
    resellerName: "Northwind",
    organizationId: O,
    organizationName: 'Acme; "Inc."',
    agentId: A,
    agentName: "=Ann",
    before: secondsOf(61),
    after: secondsOf(0),
    ...of,
  };
}

const MAY_USAGE = {
  period: MAY,
  revision: 1,
  organizations: [{ ...usageOf("51", "b9", { "7d": 61, "7e": 3_599 }), organizationName: 'Acme; "Inc."' }],
};
const OF_CALLER: CallerBill = {
  bill: BILL,
  usage: [MAY_USAGE],
  adjustments: [
    adjustment({}),
    adjustment({ agentId: B, agentName: "Bo", before: secondsOf(0), after: secondsOf(1) }),
  ],
};
const NOTHING: CallerBill = { bill: BILL, usage: [], adjustments: [] };

const HEAD = { number: 7, kind: "month", period: "2026-05", as_of: "2026-06-04T06:00:00Z" };
const NO_TOTALS = {
  usage_lines: 0,
  usage_seconds: 0,
  usage_minutes: 0,
  adjustment_lines: 0,
  adjustment_seconds: 0,
  adjustment_minutes: 0,
  seconds: 0,
  minutes: 0,
};

/** The usage of the caller in May, as JSON. */
const MAY_JSON = {
  data: [
    {
      organization_id: O,
      organization_name: 'Acme; "Inc."',
      reseller_id: R,
      reseller_name: R,
      total_voice_minutes: 61,
      total_voice_seconds: 3_660,
      agent_count: 2,
      agents: [
        { agent_id: A, agent_name: A, voice_minutes: 1.02, voice_seconds: 61 },
        { agent_id: B, agent_name: B, voice_minutes: 59.98, voice_seconds: 3_599 },
      ],
    },
  ],
  period: { start_date: "2026-05-01", end_date: "2026-05-31" },
  revision: 1,
};

describe("a bill as JSON", () => {
  test("has the caller's usage and adjustments, their totals, and only the sources that have rows of the caller", () => {
    expect([...billJson(OF_CALLER)].join("")).toBe(
      JSON.stringify({
        ...HEAD,
        usage: [MAY_JSON],
        adjustments: [
          {
            period: "2026-04",
            revision: 2,
            original_bill: 5,
            organization_id: O,
            organization_name: 'Acme; "Inc."',
            reseller_id: R,
            reseller_name: "Northwind",
            agent_id: A,
            agent_name: "=Ann",
            seconds_before: 61,
            seconds_after: 0,
            seconds_delta: -61,
            minutes_delta: -1.02,
          },
          {
            period: "2026-04",
            revision: 2,
            original_bill: 5,
            organization_id: O,
            organization_name: 'Acme; "Inc."',
            reseller_id: R,
            reseller_name: "Northwind",
            agent_id: B,
            agent_name: "Bo",
            seconds_before: 0,
            seconds_after: 1,
            seconds_delta: 1,
            minutes_delta: 0.02,
          },
        ],
        totals: {
          usage_lines: 2,
          usage_seconds: 3_660,
          usage_minutes: 61,
          adjustment_lines: 2,
          adjustment_seconds: -60,
          adjustment_minutes: -1,
          seconds: 3_600,
          minutes: 60,
        },
        sources: [
          { period: "2026-05", revision: 1, kind: "usage" },
          { period: "2026-04", revision: 2, kind: "adjustments" },
        ],
      }),
    );
  });

  test("separates the usage of several months", () => {
    const [first, second, ...more] = JSON.parse(
      [...billJson({ ...OF_CALLER, usage: [{ ...MAY_USAGE, period: APRIL, revision: 12 }, MAY_USAGE] })].join(
        "",
      ),
    ).usage;
    expect(first).toMatchObject({
      period: { start_date: "2026-04-01", end_date: "2026-04-30" },
      revision: 12,
    });
    expect([second, more]).toEqual([MAY_JSON, []]);
  });

  test("is whole for a caller without rows", () => {
    expect(JSON.parse([...billJson(NOTHING)].join(""))).toEqual({
      ...HEAD,
      usage: [],
      adjustments: [],
      totals: NO_TOTALS,
      sources: [],
    });
  });
});

const CSV_HEADER =
  "bill,line_kind,period,original_period,revision,organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name,voice_seconds,voice_minutes\r\n";

describe("a bill as CSV", () => {
  test("has one line for each agent and each adjustment, with names that no spreadsheet runs", () => {
    expect([...billCsv(OF_CALLER)]).toEqual([
      CSV_HEADER,
      `7,usage,2026-05,2026-05,1,${O},"Acme; ""Inc.""",${R},"${R}",${A},"${A}",61,1.02\r\n`,
      `7,usage,2026-05,2026-05,1,${O},"Acme; ""Inc.""",${R},"${R}",${B},"${B}",3599,59.98\r\n`,
      `7,adjustment,2026-05,2026-04,2,${O},"Acme; ""Inc.""",${R},"Northwind",${A},"'=Ann",-61,-1.02\r\n`,
      `7,adjustment,2026-05,2026-04,2,${O},"Acme; ""Inc.""",${R},"Northwind",${B},"Bo",1,0.02\r\n`,
    ]);
  });

  test("of an opening or of adjustments names no month that is billed; an opening's lines are not usage", () => {
    const linesOf = (kind: Bill["kind"], of: CallerBill) =>
      [...billCsv({ ...of, bill: { ...BILL, kind, period: null } })]
        .slice(1)
        .map((line) => line.slice(0, 32));
    const { usage, adjustments } = OF_CALLER;
    expect(linesOf("opening", { ...NOTHING, usage })).toEqual([
      "7,opening,,2026-05,1,00000000-00",
      "7,opening,,2026-05,1,00000000-00",
    ]);
    expect(linesOf("adjustments", { ...NOTHING, adjustments: adjustments.slice(1) })).toEqual([
      "7,adjustment,,2026-04,2,00000000",
    ]);
  });

  test("of a caller without rows has only the header", () => {
    expect([...billCsv(NOTHING)]).toEqual([CSV_HEADER]);
  });
});

describe("the list of bills", () => {
  test("has each bill with its totals, what waits for a bill, and the months that cannot be read", () => {
    const totals = {
      usageLines: 2,
      usage: toSignedSeconds(3_660),
      adjustmentLines: 3,
      adjustments: toSignedSeconds(-62),
      all: toSignedSeconds(3_598),
    };
    const text = billsJson({
      bills: [
        { bill: BILL, totals },
        { bill: { ...BILL, number: 8, kind: "adjustments", period: null }, totals: undefined },
      ],
      pending: [{ period: APRIL, revision: 4, lines: 2, seconds: toSignedSeconds(-1) }],
      damaged: [MARCH],
    });
    expect(text).toBe(
      JSON.stringify({
        data: [
          {
            ...HEAD,
            totals: {
              usage_lines: 2,
              usage_seconds: 3_660,
              usage_minutes: 61,
              adjustment_lines: 3,
              adjustment_seconds: -62,
              adjustment_minutes: -1.03,
              seconds: 3_598,
              minutes: 59.97,
            },
          },
          { ...HEAD, number: 8, kind: "adjustments", period: null, totals: null },
        ],
        pending: [
          {
            period: "2026-04",
            revision: 4,
            adjustment_lines: 2,
            adjustment_seconds: -1,
            adjustment_minutes: -0.02,
          },
        ],
        damaged: ["2026-03"],
      }),
    );
  });

  test("does not mention damage if there is none", () => {
    expect(billsJson({ bills: [], pending: [], damaged: [] })).toBe('{"data":[],"pending":[]}');
  });
});
