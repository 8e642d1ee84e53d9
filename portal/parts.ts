/** The parts of a view beside its own report: the previous period, the usage by day, and the bill. */
import type { Api, Bounds, Outcome } from "./api.ts";
import type { Bill, BillAdjustment, BillEntry, Bills } from "./bills.ts";
import type { Day } from "./days.ts";
import type { Failure } from "./failure.ts";
import { wordsFor } from "./failure-words.ts";
import type { Loaded } from "./memory.ts";
import type { Report } from "./report.ts";
import type { Days } from "./view.ts";

/** The previous period: loading, there, or not available, with the reason. */
export type Previous =
  | { readonly kind: "loading"; readonly days: Days }
  | { readonly kind: "there"; readonly days: Days; readonly report: Report }
  | { readonly kind: "none"; readonly reason: string };

/** Usage by day: loading, there, or not available, with the reason. An empty reason is not shown. */
export type TrendState =
  | { readonly kind: "loading" }
  | { readonly kind: "there"; readonly days: readonly Day[]; readonly before: readonly Day[] | undefined }
  | { readonly kind: "none"; readonly reason: string };

/** The bill of a closed month: with its adjustments once they are loaded, or not available, with the reason. */
export type BillState =
  | {
      readonly kind: "there";
      readonly entry: BillEntry;
      readonly adjustments: readonly BillAdjustment[] | undefined;
      /** Seconds of this month's own adjustments that no bill contains yet. */
      readonly pending: number;
    }
  | { readonly kind: "none"; readonly reason: string };

export function previousOf(days: Days, answer: Outcome<Loaded<Report>>): Previous {
  return answer.ok ? { kind: "there", days, report: answer.value.value } : previousFailed(answer.failure);
}

export function previousFailed(failure: Failure): Previous {
  if (failure.kind === "refused") {
    const reason = failure.errors.map(({ message }) => message).join(" ") || failure.detail;
    return { kind: "none", reason };
  }
  return { kind: "none", reason: "It could not be loaded. Select Refresh to try again." };
}

/** Requests the usage by day. A previous period that fails is left out. */
export async function trendOf(
  api: Api,
  bounds: Bounds,
  before: Bounds | undefined,
  resellers: readonly string[],
  signal: AbortSignal,
): Promise<TrendState> {
  const [present, previous] = await Promise.all([
    api.days(bounds, resellers).load(signal),
    before && api.days(before, resellers).load(signal),
  ]);
  if (present.ok) {
    return {
      kind: "there",
      days: present.value.value,
      before: previous?.ok ? previous.value.value : undefined,
    };
  }
  return trendFailed(present.failure);
}

export function trendFailed(failure: Failure): TrendState {
  const words = failure.kind === "session" ? "Your session has ended." : wordsFor(failure).title;
  return { kind: "none", reason: `The days could not be loaded. ${words}` };
}

/** The usage by day as far as it is kept. */
export function knownTrend(
  api: Api,
  bounds: Bounds,
  before: Bounds | undefined,
  resellers: readonly string[],
): TrendState {
  const days = api.days(bounds, resellers).known();
  if (days === undefined) return { kind: "loading" };
  return { kind: "there", days: days.value, before: before && api.days(before, resellers).known()?.value };
}

/**
 * Requests the bill of a month. A bill with adjustments is loaded whole, for their months.
 *
 * @param tell is given the bill without them before that
 */
export async function billOf(
  api: Api,
  month: string,
  signal: AbortSignal,
  tell: (bill: BillState) => void,
): Promise<BillState> {
  const listed = await api.bills().load(signal);
  if (!listed.ok) return { kind: "none", reason: "The bill of this month could not be loaded." };
  const bill = stateOf(listed.value.value, month, undefined);
  if (bill.kind === "none" || bill.adjustments !== undefined) return bill;
  tell(bill);
  const loaded = await api.bill(bill.entry.number).load(signal);
  return stateOf(listed.value.value, month, loaded.ok ? loaded.value.value : undefined);
}

/** The bill of a month as far as it is kept. */
export function knownBill(api: Api, month: string): BillState {
  const listed = api.bills().known();
  if (listed === undefined) return { kind: "none", reason: "" };
  const bill = stateOf(listed.value, month, undefined);
  if (bill.kind === "none" || bill.adjustments !== undefined) return bill;
  return stateOf(listed.value, month, api.bill(bill.entry.number).known()?.value);
}

/** @param whole the whole bill, if it has been loaded */
function stateOf({ bills, damaged, pending }: Bills, month: string, whole: Bill | undefined): BillState {
  if (damaged.some((one) => one === month)) {
    return { kind: "none", reason: "The adjustments of this month cannot be read: they are damaged." };
  }
  const entry = bills.find((one) => one.month === month);
  if (entry === undefined) return { kind: "none", reason: "" };
  const hasNone = entry.totals === undefined || entry.totals.adjustmentLines === 0;
  return {
    kind: "there",
    entry,
    adjustments: hasNone ? [] : whole?.adjustments,
    pending: pending.filter((one) => one.month === month).reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
