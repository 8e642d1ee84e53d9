/** Bills as the API states them: what to invoice, in exact seconds, only for this caller. */
import type { Month } from "../lib/billing/month.ts";
import { list, record, text, UnexpectedAnswer, whole } from "./parse.ts";
import { monthOf, type Organization, organizationOf, sumOf } from "./report.ts";

/** A bill's totals in seconds. Adjustments, and a whole bill, can be negative. */
export interface BillTotals {
  readonly usage: number;
  readonly adjustments: number;
  readonly adjustmentLines: number;
  /** What to invoice. */
  readonly whole: number;
}

/** A bill in the list. */
export interface BillEntry {
  readonly number: number;
  readonly kind: "opening" | "month" | "adjustments";
  /** Undefined for a bill of only adjustments, and for the opening. */
  readonly month: Month | undefined;
  readonly asOf: string;
  /** Undefined if the stored bill is damaged. */
  readonly totals: BillTotals | undefined;
}

/** Adjustments that no bill contains yet. */
export interface Pending {
  readonly month: Month;
  readonly revision: number;
  readonly seconds: number;
}

export interface Bills {
  /** The newest first. */
  readonly bills: readonly BillEntry[];
  readonly pending: readonly Pending[];
  /** Months whose pending adjustments cannot be read. */
  readonly damaged: readonly Month[];
}

/** An adjustment of a month that was billed before. */
export interface BillAdjustment {
  readonly key: string;
  readonly month: Month;
  readonly revision: number;
  readonly originalBill: number;
  readonly organization: string;
  readonly agent: string;
  readonly before: number;
  readonly after: number;
  readonly delta: number;
}

export interface Bill extends BillEntry {
  readonly totals: BillTotals;
  readonly organizations: readonly Organization[];
  readonly adjustments: readonly BillAdjustment[];
}

/** @throws UnexpectedAnswer for JSON that is not the list of bills */
export function parseBills(json: unknown): Bills {
  const { data, pending, damaged = [] } = record(json);
  return {
    bills: list(data, (item) => ({
      ...headOf(item),
      totals: optionalTotals(record(item)["totals"]),
    })).toReversed(),
    pending: list(pending, (item) => {
      const { period, revision, adjustment_seconds } = record(item);
      return { month: monthOf(period), revision: whole(revision), seconds: whole(adjustment_seconds) };
    }),
    damaged: list(damaged, monthOf),
  };
}

/** @throws UnexpectedAnswer for JSON that is not a bill, or whose lines do not add up to its totals */
export function parseBill(json: unknown): Bill {
  const fields = record(json);
  const organizations = list(fields["usage"], (part) => list(record(part)["data"], organizationOf)).flat();
  const adjustments = list(fields["adjustments"], adjustmentOf);
  const totals = totalsOf(fields["totals"]);
  const adjusted = adjustments.reduce((sum, { delta }) => sum + delta, 0);
  const isBalanced =
    sumOf(organizations) === totals.usage &&
    adjusted === totals.adjustments &&
    adjustments.length === totals.adjustmentLines &&
    totals.usage + totals.adjustments === totals.whole;
  if (!isBalanced) throw new UnexpectedAnswer("expected a bill whose lines add up to its totals");
  return { ...headOf(json), totals, organizations, adjustments };
}

/** The seconds of a bill's adjustments by month, the oldest month first. */
export function adjustmentsByMonth(
  adjustments: readonly BillAdjustment[],
): [month: Month, seconds: number][] {
  const sums = new Map<Month, number>();
  for (const { month, delta } of adjustments) sums.set(month, (sums.get(month) ?? 0) + delta);
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const KINDS = ["opening", "month", "adjustments"] as const;

function headOf(item: unknown): Omit<BillEntry, "totals"> {
  const { number, kind, period, as_of } = record(item);
  const known = KINDS.find((each) => each === kind);
  if (known === undefined) throw new UnexpectedAnswer("expected a kind of bill");
  const month = period === null ? undefined : monthOf(period);
  return { number: whole(number), kind: known, month, asOf: text(as_of) };
}

function optionalTotals(value: unknown): BillTotals | undefined {
  return value === null ? undefined : totalsOf(value);
}

function totalsOf(value: unknown): BillTotals {
  const { usage_seconds, adjustment_seconds, adjustment_lines, seconds } = record(value);
  return {
    usage: whole(usage_seconds),
    adjustments: whole(adjustment_seconds),
    adjustmentLines: whole(adjustment_lines),
    whole: whole(seconds),
  };
}

function adjustmentOf(item: unknown): BillAdjustment {
  const fields = record(item);
  const month = monthOf(fields["period"]);
  const revision = whole(fields["revision"]);
  const ids = ["organization_id", "reseller_id", "agent_id"].map((name) => text(fields[name]));
  return {
    key: [month, revision, ...ids].join("."),
    month,
    revision,
    originalBill: whole(fields["original_bill"]),
    organization: text(fields["organization_name"]),
    agent: text(fields["agent_name"]),
    before: whole(fields["seconds_before"]),
    after: whole(fields["seconds_after"]),
    delta: whole(fields["seconds_delta"]),
  };
}
