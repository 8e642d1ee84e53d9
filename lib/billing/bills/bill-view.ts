import { csvLine, csvText } from "../../csv.ts";
import { minutesText, type SignedSeconds } from "../../minutes.ts";
import { reportJson } from "../../reports/minutes-by-organization/json.ts";
import { periodOf } from "../month.ts";
import { deltaOf, jsonMinutes, rowTotalsJson } from "../row-totals.ts";
import type { Bill } from "./bill.ts";
import type { BillList } from "./bill-list.ts";
import { type BilledAdjustment, type BillTotals, type CallerBill, totalsOf } from "./caller-bill.ts";

/** The list of bills, and the caller's adjustments that wait for one. */
export function billsJson({ bills, pending, damaged }: BillList): string {
  return JSON.stringify({
    data: bills.map(({ bill, totals }) => ({ ...headOf(bill), totals: totals ? totalsJson(totals) : null })),
    pending: pending.map(({ period, revision, lines, seconds }) => ({
      period,
      revision,
      adjustment_lines: lines,
      adjustment_seconds: seconds,
      adjustment_minutes: jsonMinutes(seconds),
    })),
    ...(damaged.length > 0 && { damaged }),
  });
}

/** Renders the caller's part of a bill in pieces. Each total is rendered once, from its exact seconds. */
export function* billJson(of: CallerBill): Generator<string> {
  const { bill, usage, adjustments } = of;
  yield `${JSON.stringify(headOf(bill)).slice(0, -1)},"usage":[`;
  for (const [index, { period, revision, organizations }] of usage.entries()) {
    if (index > 0) yield ",";
    const report = { organizations, period: periodOf(period) };
    yield* reportJson(report, "minutes and seconds", { revision: String(revision) });
  }
  yield '],"adjustments":[';
  for (const [index, adjustment] of adjustments.entries())
    yield (index === 0 ? "" : ",") + adjustmentJson(adjustment);
  yield `],"totals":${JSON.stringify(totalsJson(totalsOf(of)))},"sources":${JSON.stringify(sourcesOf(of))}}`;
}

const HEADER = [
  "bill",
  "line_kind",
  "period",
  "original_period",
  "revision",
  "organization_id",
  "organization_name",
  "reseller_id",
  "reseller_name",
  "agent_id",
  "agent_name",
  "voice_seconds",
  "voice_minutes",
];

/**
 * Renders the caller's part of a bill as CSV (RFC 4180), one line for each agent and each adjustment. The lines of an
 * opening have another kind, so that nobody posts them as usage.
 */
export function* billCsv({ bill, usage, adjustments }: CallerBill): Generator<string> {
  yield csvLine(HEADER);
  const kind = bill.kind === "opening" ? "opening" : "usage";
  for (const { period, revision, organizations } of usage) {
    const head = [String(bill.number), kind, bill.period ?? "", period, String(revision)];
    for (const organization of organizations) {
      for (const { agentId, agentName, seconds } of organization.agents)
        yield csvLine([...head, ...lineOf({ ...organization, agentId, agentName }), ...figures(seconds)]);
    }
  }
  for (const adjustment of adjustments) {
    const { period, revision } = adjustment;
    const head = [String(bill.number), "adjustment", bill.period ?? "", period, String(revision)];
    yield csvLine([...head, ...lineOf(adjustment), ...figures(deltaOf(adjustment))]);
  }
}

function headOf({ number, kind, period, as_of }: Bill) {
  return { number, kind, period, as_of };
}

function totalsJson({ all, ...rows }: BillTotals) {
  return { ...rowTotalsJson(rows), seconds: all, minutes: jsonMinutes(all) };
}

/** The sources in which the caller has rows. */
function sourcesOf({ bill, usage, adjustments }: CallerBill) {
  const withRows = new Set([...usage, ...adjustments].map(({ period, revision }) => `${period} ${revision}`));
  return bill.sources
    .filter(({ period, revision }) => withRows.has(`${period} ${revision}`))
    .map(({ period, revision, kind }) => ({ period, revision, kind }));
}

function adjustmentJson(adjustment: BilledAdjustment): string {
  const delta = deltaOf(adjustment);
  return JSON.stringify({
    period: adjustment.period,
    revision: adjustment.revision,
    original_bill: adjustment.originalBill,
    organization_id: adjustment.organizationId,
    organization_name: adjustment.organizationName,
    reseller_id: adjustment.resellerId,
    reseller_name: adjustment.resellerName,
    agent_id: adjustment.agentId,
    agent_name: adjustment.agentName,
    seconds_before: adjustment.before,
    seconds_after: adjustment.after,
    seconds_delta: delta,
    minutes_delta: jsonMinutes(delta),
  });
}

type Line = Pick<
  BilledAdjustment,
  "organizationId" | "organizationName" | "resellerId" | "resellerName" | "agentId" | "agentName"
>;

function lineOf({ organizationId, organizationName, resellerId, resellerName, agentId, agentName }: Line) {
  return [
    organizationId,
    csvText(organizationName),
    resellerId,
    csvText(resellerName),
    agentId,
    csvText(agentName),
  ];
}

function figures(seconds: SignedSeconds): [string, string] {
  return [String(seconds), minutesText(seconds)];
}
