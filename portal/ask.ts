import type { Month } from "../lib/billing/month.ts";
import type { Api, Bounds, Loaded, Outcome, Question } from "./api.ts";
import type { BillAdjustment, BillEntry } from "./bills.ts";
import type { Day } from "./days.ts";
import { wordsFor } from "./failed.tsx";
import type { Failure } from "./failure.ts";
import { previousDays } from "./previous.ts";
import type { Months, Report } from "./report.ts";
import { boundsOf, type Days, type View } from "./view.ts";

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

/** All that a view shows. */
export interface Shown {
  readonly days: Days;
  readonly present: Report;
  readonly previous: Previous;
  readonly trend: TrendState;
  readonly bill: BillState;
  /** The closed months; undefined where their list could not be loaded. */
  readonly months: Months | undefined;
  /** What the CSV file is requested by. */
  readonly question: Question;
  /** When the answer came, and how long it took in milliseconds. */
  readonly at: Date;
  readonly took: number;
}

/** The result of a request for a view. */
export type Asked =
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      /** It was the statement of a closed month: the live report may still be there. */
      readonly isBill: boolean;
      /** @see Shown.months */
      readonly months: Months | undefined;
    }
  | { readonly kind: "shown"; readonly shown: Shown };

/** The part of a view that decides what is requested. */
export type Wanted = Pick<View, "days" | "figures" | "revision" | "resellers">;

/**
 * Requests a view: the closed months, its own period, and the previous one. Tells each result as soon as it is there.
 * A list of months or a previous period that fails does not hide the figures.
 *
 * @param today a UTC day
 * @throws the signal's reason once it is aborted
 */
export async function ask(
  api: Api,
  wanted: Wanted,
  today: string,
  signal: AbortSignal,
  tell: (asked: Asked) => void,
): Promise<void> {
  const { days } = wanted;
  const listed = await api.months(signal);
  const months = listed.ok ? listed.value : undefined;
  const isClosed = (month: Month) =>
    months?.closed.some((one) => one.month === month) === true || months?.damaged.includes(month) === true;

  const before = previousDays(days, today);
  const billed = (of: Days) => wanted.figures === "billed" && of.kind === "month" && isClosed(of.month);
  const load = (of: Days, revision: number | undefined) =>
    loadOf(api, questionOf(of, billed(of), revision), wanted.resellers, signal);
  // Both periods are requested at the same time.
  const beforeAnswer = before && load(before, undefined);
  beforeAnswer?.catch(() => undefined);
  const { question, answer } = await load(days, wanted.revision);
  if (!answer.ok) {
    return tell({ kind: "failed", failure: answer.failure, isBill: question.kind === "billed", months });
  }

  const { report: present, at, took } = answer.value;
  const shown = { days, present, months, question, at, took };
  let previous: Previous =
    before === undefined
      ? { kind: "none", reason: "There is no previous period." }
      : { kind: "loading", days: before };
  const bounds = boundsOf(days);
  const hasTrend = bounds.start !== bounds.end && present.organizations.length > 0;
  let trend: TrendState = hasTrend ? { kind: "loading" } : { kind: "none", reason: "" };
  let bill: BillState = { kind: "none", reason: "" };
  const show = () => tell({ kind: "shown", shown: { ...shown, previous, trend, bill } });
  show();
  const compare = async () => {
    if (before === undefined || beforeAnswer === undefined) return;
    previous = previousOf(before, (await beforeAnswer).answer);
    show();
  };
  const draw = async () => {
    if (!hasTrend) return;
    trend = await trendOf(api, bounds, before && boundsOf(before), wanted.resellers, signal);
    show();
  };
  const charge = async () => {
    if (question.kind !== "billed") return;
    bill = await billOf(api, question.month, signal, (entry) => {
      bill = entry;
      show();
    });
    show();
  };
  await Promise.all([compare(), draw(), charge()]);
}

/**
 * The bill of a month. A bill with adjustments is loaded whole, for their months.
 *
 * @param tell is given the bill without them before that
 */
async function billOf(
  api: Api,
  month: string,
  signal: AbortSignal,
  tell: (bill: BillState) => void,
): Promise<BillState> {
  const listed = await api.bills(signal);
  if (!listed.ok) return { kind: "none", reason: "The bill of this month could not be loaded." };
  const isDamaged = listed.value.damaged.some((one) => one === month);
  if (isDamaged)
    return { kind: "none", reason: "The adjustments of this month cannot be read: they are damaged." };
  const entry = listed.value.bills.find((one) => one.month === month);
  if (entry === undefined) return { kind: "none", reason: "" };
  const own = listed.value.pending.filter((one) => one.month === month);
  const pending = own.reduce((sum, { seconds }) => sum + seconds, 0);
  if (entry.totals === undefined || entry.totals.adjustmentLines === 0) {
    return { kind: "there", entry, adjustments: [], pending };
  }
  tell({ kind: "there", entry, adjustments: undefined, pending });
  const loaded = await api.bill(entry.number, signal);
  return { kind: "there", entry, adjustments: loaded.ok ? loaded.value.adjustments : undefined, pending };
}

/** Usage by day. A previous period that fails is left out. */
async function trendOf(
  api: Api,
  bounds: Bounds,
  before: Bounds | undefined,
  resellers: readonly string[],
  signal: AbortSignal,
): Promise<TrendState> {
  const [present, previous] = await Promise.all([
    api.days(bounds, resellers, signal),
    before && api.days(before, resellers, signal),
  ]);
  if (present.ok) {
    return { kind: "there", days: present.value, before: previous?.ok ? previous.value : undefined };
  }
  const { failure } = present;
  const words = failure.kind === "session" ? "Your session has ended." : wordsFor(failure).title;
  return { kind: "none", reason: `The days could not be loaded. ${words}` };
}

/** Requests an answer. A report that does not fit one answer is requested only for the chosen resellers. */
async function loadOf(
  api: Api,
  question: Question,
  resellers: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly question: Question; readonly answer: Outcome<Loaded> }> {
  const answer = await api.report(question, signal);
  if (answer.ok || answer.failure.kind !== "too-large") return { question, answer };
  if (question.kind === "billed") {
    return { question, answer: { ok: false, failure: { ...answer.failure, kind: "bill-too-large" } } };
  }
  if (resellers.length === 0) return { question, answer };
  const narrowed = { ...question, resellers };
  return { question: narrowed, answer: await api.report(narrowed, signal) };
}

function questionOf(days: Days, billed: boolean, revision: number | undefined): Question {
  if (billed && days.kind === "month") return { kind: "billed", month: days.month, revision };
  return { kind: "live", ...boundsOf(days), resellers: [] };
}

function previousOf(days: Days, answer: Outcome<Loaded>): Previous {
  if (answer.ok) return { kind: "there", days, report: answer.value.report };
  const { failure } = answer;
  if (failure.kind === "refused") {
    const reason = failure.errors.map(({ message }) => message).join(" ") || failure.detail;
    return { kind: "none", reason };
  }
  return { kind: "none", reason: "It could not be loaded. Select Refresh to try again." };
}
