import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DayRow, MonthRow } from "../../../lib/billing/query.ts";
import { readMonth } from "../../../lib/billing/read-month.ts";
import { type ResellerUsage, UNASSIGNED } from "../../../lib/usage/fold.ts";
import { agentRow, organizationRow, resellerRow } from "../usage/rows.ts";
import { arriving, collect, rejectionOf, uuid } from "../valid.ts";
import { anyLines, dayRow, type Line, resultOf, totalRow, usageRow } from "./months.ts";

const [R, O, A, B] = [uuid("1"), uuid("2"), uuid("3"), uuid("4")];

/** The rows in batches of this size. */
function inBatches(rows: readonly MonthRow[], size = 3): AsyncIterable<MonthRow[]> {
  const count = Math.ceil(rows.length / size);
  return arriving(Array.from({ length: count }, (_, at) => rows.slice(at * size, (at + 1) * size)));
}

function read(
  rows: readonly MonthRow[],
  accept: (days: readonly DayRow[]) => void = () => undefined,
): Promise<ResellerUsage[]> {
  return collect(readMonth(inBatches(rows), accept));
}

/** The logged reason of the failure. */
async function failureOf(rows: readonly MonthRow[]): Promise<string> {
  const { code, cause } = await rejectionOf(read(rows));
  expect(code).toBe("internal_error");
  return cause instanceof Error ? cause.message : "";
}

/** `reseller organization agent seconds` of every line. */
function linesOf(resellers: readonly ResellerUsage[]): string[] {
  return resellers
    .flatMap(({ organizations }) => organizations)
    .flatMap(({ resellerId, organizationId, agents }) =>
      agents.map(({ agentId, seconds }) => `${resellerId} ${organizationId} ${agentId} ${seconds}`),
    );
}

/** The lines of the report: every agent, and calls without an agent if they lasted at all. */
function reportedLines(lines: readonly Line[]): string[] {
  const reported = new Map<string, number>();
  for (const { resellerId, organizationId, agentId, calls } of lines) {
    const key = `${resellerId} ${organizationId} ${agentId ?? UNASSIGNED}`;
    const seconds = calls.reduce((sum, call) => sum + call.seconds, 0);
    const hasAgent = agentId !== null && agentId !== UNASSIGNED;
    if (hasAgent || seconds > 0) reported.set(key, (reported.get(key) ?? 0) + seconds);
  }
  return [...reported].map(([key, seconds]) => `${key} ${seconds}`);
}

/** `reseller organization` of every organization. */
function organizationsOf(resellers: readonly ResellerUsage[]): string[] {
  return resellers
    .flatMap(({ organizations }) => organizations)
    .map(({ resellerId, organizationId }) => `${resellerId} ${organizationId}`);
}

/** A month with one agent's call, a call without an agent, and an agent of the directory without any. */
const MONTH = [
  dayRow("2026-04-01", 60, 1),
  dayRow("2026-04-02", 5, 1),
  usageRow(resellerRow(R)),
  usageRow(organizationRow([R, O], 5), 1),
  usageRow(agentRow([R, O, A], 60), 1),
  usageRow(agentRow([R, O, B], 0)),
];
const WHOLE = [...MONTH, totalRow(MONTH)];

describe("a complete month", () => {
  test("yields its resellers, each with the organizations and agents of the report", async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, async (lines) => {
        const resellers = await read(resultOf(lines));
        expect(linesOf(resellers).sort()).toEqual(reportedLines(lines).sort());
        const organizations = lines.map((line) => `${line.resellerId} ${line.organizationId}`);
        expect(organizationsOf(resellers).sort()).toEqual([...new Set(organizations)].sort());
        const ids = resellers.map(({ resellerId }) => resellerId);
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });

  test("keeps an agent without calls beside one with a call of 0 seconds", async () => {
    const rows = [
      dayRow("2026-04-01", 0, 1),
      usageRow(agentRow([R, O, A]), 1),
      usageRow(agentRow([R, O, B])),
    ];
    expect(linesOf(await read([...rows, totalRow(rows)]))).toEqual([`${R} ${O} ${A} 0`, `${R} ${O} ${B} 0`]);
  });

  test("keeps an organization without a line, and a reseller without an organization has no lines", async () => {
    const rows = [
      dayRow("2026-04-01", 7, 1),
      usageRow(resellerRow(R)),
      usageRow(organizationRow([R, O])),
      usageRow(resellerRow(uuid("8"))),
      usageRow(organizationRow([uuid("9"), O], 7), 1),
    ];
    const resellers = await read([...rows, totalRow(rows)]);
    expect(linesOf(resellers)).toEqual([`${uuid("9")} ${O} ${UNASSIGNED} 7`]);
    expect(organizationsOf(resellers)).toEqual([`${R} ${O}`, `${uuid("9")} ${O}`]);
  });

  test("may have nothing in it", async () => {
    expect(await read([totalRow([])])).toEqual([]);
  });
});

describe("the callback for the days", () => {
  test("gets all of them, once, before any reseller is yielded", async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const heard: string[] = [];
        const accept = (days: readonly DayRow[]) => void heard.push(days.map(({ day }) => day).join(" "));
        for await (const { resellerId } of readMonth(inBatches(resultOf(lines), size), accept)) {
          heard.push(resellerId);
        }
        const days = new Set(lines.flatMap(({ calls }) => calls.map((call) => call.day)));
        expect(heard[0]).toBe([...days].sort().join(" "));
        expect(heard.filter((text) => !/^0{8}-/.test(text))).toHaveLength(1);
      }),
    );
  });

  test("ends the reading by throwing, and no reseller is yielded", async () => {
    const given: ResellerUsage[] = [];
    const reading = async () => {
      const refuse = () => {
        throw new RangeError("2026-04-03 is missing");
      };
      for await (const reseller of readMonth(inBatches(WHOLE), refuse)) given.push(reseller);
    };
    await expect(reading()).rejects.toThrow("2026-04-03 is missing");
    expect(given).toEqual([]);
  });

  test("gets no days if the month has none", async () => {
    const heard: number[] = [];
    await read([totalRow([])], (days) => heard.push(days.length));
    expect(heard).toEqual([0]);
  });
});

describe("an incomplete month is an error, never a smaller bill", () => {
  const position = fc.nat(1_000);

  test("with any lost row", async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, position, async (lines, at) => {
        const rows = resultOf(lines);
        expect(await failureOf(rows.toSpliced(at % rows.length, 1))).not.toBe("");
      }),
    );
  });

  test("with any duplicate row", async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, position, async (lines, at) => {
        const rows = resultOf(lines);
        const doubled = rows.flatMap((row, index) => (index === at % rows.length ? [row, row] : [row]));
        expect(await failureOf(doubled)).not.toBe("");
      }),
    );
  });

  test("with any two swapped rows, unless that changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, position, position, async (lines, a, b) => {
        const rows = resultOf(lines);
        const [first, second] = [rows[a % rows.length], rows[b % rows.length]];
        const swapped = rows.map((row) => (row === first ? second : row === second ? first : row) ?? row);
        const bill = linesOf(await read(rows));
        expect(await read(swapped).then(linesOf, () => bill)).toEqual(bill);
      }),
    );
  });

  test("with no rows at all", async () => {
    expect(await failureOf([])).toContain("incomplete");
  });

  test.each([
    ["seconds", { seconds: 129n, figures: 6, calls: 4 }],
    ["rows", { seconds: 130n, figures: 7, calls: 4 }],
    ["calls", { seconds: 130n, figures: 6, calls: 5 }],
  ])("with other %s than its total row", async (_, { seconds, figures, calls }) => {
    const total = (row: { seconds: bigint; figures: number }, count: number): MonthRow[] => [
      ...MONTH,
      { level: "usage", row: { level: "total", ...row }, calls: count },
    ];
    expect(await read(total({ seconds: 130n, figures: 6 }, 4))).toHaveLength(1);
    expect(await failureOf(total({ seconds, figures }, calls))).toContain("incomplete");
  });

  test("with a row after its total", async () => {
    expect(await failureOf([...WHOLE, usageRow(resellerRow(uuid("9")))])).toContain("after its total");
  });

  test("with days after the usage", async () => {
    const late = [usageRow(agentRow([R, O, A], 60), 1), dayRow("2026-04-01", 60, 1)];
    expect(await failureOf([...late, totalRow(late)])).toContain("a day after the usage");
  });

  test.each<[string, MonthRow[]]>([
    ["more seconds", [dayRow("2026-04-01", 61, 1), usageRow(agentRow([R, O, A], 60), 1)]],
    ["fewer seconds", [dayRow("2026-04-01", 59, 1), usageRow(agentRow([R, O, A], 60), 1)]],
    ["more calls", [dayRow("2026-04-01", 60, 2), usageRow(agentRow([R, O, A], 60), 1)]],
    ["fewer calls", [dayRow("2026-04-01", 60, 1), usageRow(agentRow([R, O, A], 60), 2)]],
    ["no calls of agents", [dayRow("2026-04-01", 60, 1)]],
    ["no day", [usageRow(agentRow([R, O, A], 60), 1)]],
  ])("whose days have %s than its agents, although its total agrees with both", async (_, rows) => {
    expect(await failureOf([...rows, totalRow(rows)])).toBe(
      "the days do not add up to the same totals as the agents",
    );
  });

  test("with a duplicate agent, although its days and its total agree", async () => {
    const rows = [
      dayRow("2026-04-01", 120, 2),
      usageRow(agentRow([R, O, A], 60), 1),
      usageRow(agentRow([R, O, A], 60), 1),
    ];
    expect(await failureOf([...rows, totalRow(rows)])).toContain("out of order");
  });
});
