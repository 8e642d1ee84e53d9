/** Builds results of a month's query from the calls of a case. */
import * as fc from "fast-check";
import type { DayRow, MonthRow } from "../../../lib/billing/query.ts";
import type { Uuid } from "../../../lib/ids.ts";
import { UNASSIGNED } from "../../../lib/usage/fold.ts";
import type { UsageRow } from "../../../lib/usage/row.ts";
import { agentRow, organizationRow, resellerRow } from "../usage/rows.ts";
import { day, secondsOf, uuids } from "../valid.ts";

/** An agent's calls of a month, or an organization's without an agent. */
export interface Line {
  readonly resellerId: Uuid;
  readonly organizationId: Uuid;
  readonly agentId: Uuid | null;
  readonly calls: readonly { readonly day: string; readonly seconds: number }[];
}

const NO_QUALITY = {
  copies: 0,
  corrections: 0,
  callsWithoutAgent: 0,
  callsInProgress: 0,
  negativeDurations: 0,
};

export function dayRow(of: string, seconds: number, calls: number): DayRow {
  return {
    level: "day",
    day: day(of),
    seconds: secondsOf(seconds),
    calls,
    quality: NO_QUALITY,
    faults: new Map(),
  };
}

export function usageRow(row: UsageRow, calls = 0): MonthRow {
  return { level: "usage", row, calls };
}

/** The result's last row, for the rows before it. */
export function totalRow(rows: readonly MonthRow[]): MonthRow {
  const seconds = rows.reduce((sum, each) => sum + BigInt(secondsIn(each)), 0n);
  const calls = rows.reduce((sum, each) => sum + each.calls, 0);
  return { level: "usage", row: { level: "total", seconds, figures: rows.length }, calls };
}

/** The complete result of a month with these lines, each key once. */
export function resultOf(lines: readonly Line[]): MonthRow[] {
  const days = new Map<string, number[]>();
  for (const { calls } of lines) {
    for (const call of calls) days.set(call.day, [...(days.get(call.day) ?? []), call.seconds]);
  }
  const dayRows = [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([of, seconds]) => dayRow(of, sumOf(seconds), seconds.length));
  const rows = [...dayRows, ...usageRows(lines)];
  return [...rows, totalRow(rows)];
}

/** The directory knows every reseller and organization; agents are only in the lines. */
function usageRows(lines: readonly Line[]): MonthRow[] {
  const ordered = lines.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return ordered.flatMap((line, index) => {
    const { resellerId, organizationId, agentId, calls } = line;
    const before = ordered[index - 1];
    const isNewReseller = before?.resellerId !== resellerId;
    const isNew = isNewReseller || before.organizationId !== organizationId;
    const seconds = sumOf(calls.map((call) => call.seconds));
    const own = agentId === null ? seconds : 0;
    return [
      ...(isNewReseller ? [usageRow(resellerRow(resellerId))] : []),
      ...(isNew || agentId === null
        ? [usageRow(organizationRow([resellerId, organizationId], own), agentId === null ? calls.length : 0)]
        : []),
      ...(agentId === null
        ? []
        : [usageRow(agentRow([resellerId, organizationId, agentId], seconds), calls.length)]),
    ];
  });
}

const anyCalls = fc.array(
  fc.record({
    day: fc.constantFrom("2026-04-01", "2026-04-02", "2026-04-30"),
    seconds: fc.oneof(fc.constant(0), fc.nat(5_000)),
  }),
  { maxLength: 4 },
);

export const anyLines: fc.Arbitrary<Line[]> = fc.uniqueArray(
  fc.record({
    resellerId: fc.constantFrom(...uuids(3)),
    organizationId: fc.constantFrom(...uuids(3)),
    agentId: fc.option(fc.constantFrom(UNASSIGNED, ...uuids(3))),
    calls: anyCalls,
  }),
  { selector: keyOf },
);

function keyOf({ resellerId, organizationId, agentId }: Line): string {
  return `${resellerId} ${organizationId} ${agentId ?? ""}`;
}

function secondsIn(each: MonthRow): number {
  if (each.level === "day") return each.seconds;
  return each.row.level === "agent" || each.row.level === "organization" ? each.row.seconds : 0;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
