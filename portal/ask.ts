import type { Api, Loaded, Outcome, Question } from "./api.ts";
import type { Failure } from "./failure.ts";
import { previousDays } from "./previous.ts";
import type { ClosedMonth, Report } from "./report.ts";
import { boundsOf, type Days, type View } from "./view.ts";

/** The previous period: on its way, there, or not to be had, and why. */
export type Previous =
  | { readonly kind: "loading"; readonly days: Days }
  | { readonly kind: "there"; readonly days: Days; readonly report: Report }
  | { readonly kind: "none"; readonly reason: string };

/** All that a view shows. */
export interface Shown {
  readonly days: Days;
  readonly present: Report;
  readonly previous: Previous;
  /** The months that are closed, the newest last. */
  readonly closed: readonly ClosedMonth[];
  /** What the CSV is asked by. */
  readonly question: Question;
  /** When the answer came, and how long it took in milliseconds. */
  readonly at: Date;
  readonly took: number;
}

/** What becomes of asking for a view. */
export type Asked =
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "shown"; readonly shown: Shown };

/** What of a view makes a difference to the API. */
export type Wanted = Pick<View, "days" | "figures" | "revision" | "resellers">;

/**
 * Asks for a view: the closed months, its own period, and then the one before. Tells what is there as soon as it is.
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
  const months = await api.months(signal);
  if (!months.ok) return tell({ kind: "failed", failure: months.failure });
  const closed = months.value.toSorted((a, b) => (a.month < b.month ? -1 : 1));

  const before = previousDays(days, today);
  const billed = (of: Days) =>
    wanted.figures === "billed" && of.kind === "month" && closed.some(({ month }) => month === of.month);
  const load = (of: Days, revision: number | undefined) =>
    loadOf(api, questionOf(of, billed(of), revision), wanted.resellers, signal);
  // What is seen and what was before are asked for at once.
  const beforeAnswer = before && load(before, undefined);
  beforeAnswer?.catch(() => undefined);
  const { question, answer } = await load(days, wanted.revision);
  if (!answer.ok) return tell({ kind: "failed", failure: answer.failure });

  const { report: present, at, took } = answer.value;
  const shown = { days, present, closed, question, at, took };
  if (before === undefined || beforeAnswer === undefined) {
    return tell({
      kind: "shown",
      shown: { ...shown, previous: { kind: "none", reason: "There is no period before." } },
    });
  }
  tell({ kind: "shown", shown: { ...shown, previous: { kind: "loading", days: before } } });
  tell({ kind: "shown", shown: { ...shown, previous: previousOf(before, (await beforeAnswer).answer) } });
}

/** The answer to a question. A report of more than one can hold comes in parts: of the chosen resellers alone. */
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
  return { kind: "none", reason: "The period before could not be loaded; Refresh asks again." };
}
