import { describe, expect, test } from "vitest";
import { adjustmentsByMonth, parseBill, parseBills } from "../../portal/bills.ts";
import { UnexpectedAnswer } from "../../portal/parse.ts";

const AS_OF = "2026-05-04T06:00:00Z";
const TOTALS = {
  usage_lines: 1,
  usage_seconds: 90,
  usage_minutes: 1.5,
  adjustment_lines: 2,
  adjustment_seconds: -61,
  adjustment_minutes: -1.02,
  seconds: 29,
  minutes: 0.48,
};
const HEAD = { number: 2, kind: "month", period: "2026-04", as_of: AS_OF };
const adjustment = (period: string, delta: number) => ({
  period,
  revision: 2,
  original_bill: 1,
  organization_id: "o",
  organization_name: "Acme",
  reseller_id: "r",
  reseller_name: "North",
  agent_id: `a${delta}`,
  agent_name: "Anna",
  seconds_before: 100,
  seconds_after: 100 + delta,
  seconds_delta: delta,
  minutes_delta: delta / 60,
});
const BILL = {
  ...HEAD,
  usage: [
    {
      data: [
        {
          organization_id: "o",
          organization_name: "Acme",
          reseller_id: "r",
          reseller_name: "North",
          total_voice_minutes: 1.5,
          total_voice_seconds: 90,
          agent_count: 1,
          agents: [{ agent_id: "a", agent_name: "Anna", voice_minutes: 1.5, voice_seconds: 90 }],
        },
      ],
      period: { start_date: "2026-04-01", end_date: "2026-04-30" },
      revision: 1,
    },
  ],
  adjustments: [adjustment("2026-03", -60), adjustment("2026-02", -1)],
  totals: TOTALS,
  sources: [],
};

describe("a bill", () => {
  test("is read with its exact seconds, and its adjustments by month", () => {
    const bill = parseBill(BILL);
    expect(bill).toMatchObject({
      number: 2,
      month: "2026-04",
      totals: { usage: 90, adjustments: -61, adjustmentLines: 2, whole: 29 },
    });
    expect(adjustmentsByMonth(bill.adjustments)).toEqual([
      ["2026-02", -1],
      ["2026-03", -60],
    ]);
  });

  test.each([
    ["usage that is not its total", { ...BILL, totals: { ...TOTALS, usage_seconds: 91, seconds: 30 } }],
    ["a sum that is not what to invoice", { ...BILL, totals: { ...TOTALS, seconds: 30 } }],
    ["an adjustment that is missing", { ...BILL, adjustments: BILL.adjustments.slice(1) }],
    ["an unknown kind", { ...BILL, kind: "refund" }],
    ["no totals", { ...BILL, totals: null }],
  ])("with %s is refused", (_, bill) => {
    expect(() => parseBill(bill)).toThrow(UnexpectedAnswer);
  });
});

describe("the list of bills", () => {
  test("begins with the newest, marks a damaged bill, and contains the adjustments that wait for the next", () => {
    const first = { ...HEAD, number: 1, period: "2026-03", totals: null };
    const waiting = {
      period: "2026-04",
      revision: 2,
      adjustment_lines: 1,
      adjustment_seconds: -5,
      adjustment_minutes: -0.08,
    };
    expect(parseBills({ data: [first, { ...HEAD, totals: TOTALS }], pending: [waiting] })).toMatchObject({
      bills: [
        { number: 2, totals: { whole: 29 } },
        { number: 1, totals: undefined },
      ],
      pending: [{ month: "2026-04", revision: 2, seconds: -5 }],
      damaged: [],
    });
  });

  test("names the months whose pending adjustments are damaged", () => {
    expect(parseBills({ data: [], pending: [], damaged: ["2026-03"] }).damaged).toEqual(["2026-03"]);
    expect(() => parseBills({ data: [], pending: [], damaged: ["March"] })).toThrow(UnexpectedAnswer);
  });

  test("may contain bills without a month", () => {
    const { bills } = parseBills({
      data: [{ ...HEAD, kind: "adjustments", period: null, totals: TOTALS }],
      pending: [],
    });
    expect(bills[0]).toMatchObject({ kind: "adjustments", month: undefined });
  });
});
