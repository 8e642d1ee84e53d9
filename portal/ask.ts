import type { Month } from "../lib/billing/month.ts";
import type { Api, Outcome, Question } from "./api.ts";
import { type Failure, isUnanswered } from "./failure.ts";
import type { Check, Freshness } from "./freshness.ts";
import type { Loaded } from "./memory.ts";
import {
  type BillState,
  billOf,
  knownBill,
  knownTrend,
  type Previous,
  previousFailed,
  previousOf,
  type TrendState,
  trendFailed,
  trendOf,
} from "./parts.ts";
import { previousDays } from "./previous.ts";
import type { Months, Report } from "./report.ts";
import { boundsOf, type Days, type View } from "./view.ts";

/** All that a view shows. */
export interface Shown extends Freshness {
  readonly days: Days;
  readonly present: Report;
  readonly previous: Previous;
  readonly trend: TrendState;
  readonly bill: BillState;
  /** The closed months; undefined where their list could not be loaded. */
  readonly months: Months | undefined;
  /** What the CSV file is requested by. */
  readonly question: Question;
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

/** What a view consists of: its own report, and the one of the previous period. */
interface Plan {
  readonly question: Question;
  readonly before: { readonly days: Days; readonly question: Question } | undefined;
}

/**
 * Requests a view: the closed months, its own period, and the previous one. Tells each result as soon as it is there.
 * A list of months or a previous period that fails does not hide the figures.
 *
 * A view that was loaded before comes from memory at once. The requests then confirm or replace it. If the service
 * does not answer them, the view stays, with that failure.
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
  const known = api.months().known()?.value;
  const remembered = known && recall(api, wanted, today, known);
  if (remembered !== undefined) tell({ kind: "shown", shown: remembered });

  const start = (months: Months | undefined) => {
    const plan = planOf(wanted, today, months);
    const load = (question: Question) => loadReport(api, question, wanted.resellers, signal);
    // Both periods are requested at the same time.
    const started = { plan, own: load(plan.question), before: plan.before && load(plan.before.question) };
    for (const answer of [started.own, started.before]) answer?.catch(() => undefined);
    return started;
  };
  const listing = api.months().load(signal);
  // The months that are known are most likely still the closed ones.
  const early = known && start(known);
  const listed = await listing;
  const months = listed.ok ? listed.value.value : undefined;
  if (remembered !== undefined && !listed.ok && isUnanswered(listed.failure)) {
    return tell({ kind: "shown", shown: unconfirmed(remembered, listed.failure) });
  }
  const isStill = early !== undefined && isSamePlan(early.plan, planOf(wanted, today, months));
  const { plan, own, before } = isStill ? early : start(months);
  const { question, answer } = await own;
  if (!answer.ok) {
    const { failure } = answer;
    if (remembered !== undefined && isUnanswered(failure)) {
      return tell({ kind: "shown", shown: unconfirmed(remembered, failure) });
    }
    return tell({ kind: "failed", failure, isBill: question.kind === "billed", months });
  }

  const { value: present, at, took, confirmedAt } = answer.value;
  const { days } = wanted;
  const bounds = boundsOf(days);
  const daysBefore = plan.before?.days;
  const boundsBefore = daysBefore && boundsOf(daysBefore);
  const hasTrend = isTrend(wanted, present);
  const parts = partsAtFirst(wanted, plan, present);
  // While the report is unchanged, its other parts stay until they are confirmed or replaced as well.
  const isSame = remembered?.present === present;
  let { previous, trend, bill } = isSame ? remembered : parts;
  let check: Check = isSame ? "running" : "done";
  const show = () =>
    tell({
      kind: "shown",
      shown: { days, present, months, question, at, took, confirmedAt, previous, trend, bill, check },
    });
  show();
  const compare = async () => {
    if (daysBefore === undefined || before === undefined) return;
    previous = previousOf(daysBefore, (await before).answer);
    show();
  };
  const draw = async () => {
    if (!hasTrend) return;
    trend = await trendOf(api, bounds, boundsBefore, wanted.resellers, signal);
    show();
  };
  const charge = async () => {
    if (question.kind !== "billed") return;
    bill = await billOf(api, question.month, signal, (entry) => {
      if (bill.kind === "there" && isSame) return;
      bill = entry;
      show();
    });
    show();
  };
  await Promise.all([compare(), draw(), charge()]);
  if (check === "done") return;
  check = "done";
  show();
}

/** The view as it was loaded last; undefined if its own report is not kept. */
function recall(api: Api, wanted: Wanted, today: string, months: Months): Shown | undefined {
  const plan = planOf(wanted, today, months);
  const { days, resellers } = wanted;
  const [question, known] = knownReport(api, plan.question, resellers);
  if (known === undefined) return undefined;
  const { value: present, at, took, confirmedAt } = known;
  const bounds = boundsOf(days);
  let { previous, trend, bill } = partsAtFirst(wanted, plan, present);
  if (plan.before !== undefined) {
    const [, before] = knownReport(api, plan.before.question, resellers);
    if (before) previous = { kind: "there", days: plan.before.days, report: before.value };
  }
  if (trend.kind === "loading") {
    trend = knownTrend(api, bounds, plan.before && boundsOf(plan.before.days), resellers);
  }
  if (question.kind === "billed") bill = knownBill(api, question.month);
  return { days, present, previous, trend, bill, months, question, at, took, confirmedAt, check: "running" };
}

/** A remembered view that the service did not confirm. What was still loading in it has failed as well. */
function unconfirmed(remembered: Shown, failure: Failure): Shown {
  const { previous, trend } = remembered;
  return {
    ...remembered,
    previous: previous.kind === "loading" ? previousFailed(failure) : previous,
    trend: trend.kind === "loading" ? trendFailed(failure) : trend,
    check: failure,
  };
}

/** The parts of a view before anything of them is loaded. */
function partsAtFirst(
  wanted: Wanted,
  { before }: Plan,
  present: Report,
): Pick<Shown, "previous" | "trend" | "bill"> {
  return {
    previous:
      before === undefined
        ? { kind: "none", reason: "There is no previous period." }
        : { kind: "loading", days: before.days },
    trend: isTrend(wanted, present) ? { kind: "loading" } : { kind: "none", reason: "" },
    bill: { kind: "none", reason: "" },
  };
}

/** Whether a view shows its usage by day. */
function isTrend({ days }: Wanted, { organizations }: Report): boolean {
  const { start, end } = boundsOf(days);
  return start !== end && organizations.length > 0;
}

function planOf({ days, figures, revision }: Wanted, today: string, months: Months | undefined): Plan {
  const isClosed = (month: Month) =>
    months?.closed.some((one) => one.month === month) === true || months?.damaged.includes(month) === true;
  const questionOf = (of: Days, revised: number | undefined): Question =>
    figures === "billed" && of.kind === "month" && isClosed(of.month)
      ? { kind: "billed", month: of.month, revision: revised }
      : { kind: "live", ...boundsOf(of), resellers: [] };
  const before = previousDays(days, today);
  return {
    question: questionOf(days, revision),
    before: before && { days: before, question: questionOf(before, undefined) },
  };
}

function isSamePlan(one: Plan, other: Plan): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Requests a report. One that does not fit one answer is requested only for the chosen resellers. */
async function loadReport(
  api: Api,
  question: Question,
  resellers: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly question: Question; readonly answer: Outcome<Loaded<Report>> }> {
  const answer = await api.report(question).load(signal);
  if (answer.ok || answer.failure.kind !== "too-large") return { question, answer };
  if (question.kind === "billed") {
    return { question, answer: { ok: false, failure: { ...answer.failure, kind: "bill-too-large" } } };
  }
  if (resellers.length === 0) return { question, answer };
  const narrowed = { ...question, resellers };
  return { question: narrowed, answer: await api.report(narrowed).load(signal) };
}

/** The kept report, or the kept one of the chosen resellers, if the whole one did not fit. */
function knownReport(
  api: Api,
  question: Question,
  resellers: readonly string[],
): [question: Question, known: Loaded<Report> | undefined] {
  const whole = api.report(question).known();
  if (whole !== undefined || question.kind === "billed" || resellers.length === 0) return [question, whole];
  const narrowed = { ...question, resellers };
  return [narrowed, api.report(narrowed).known()];
}
