import { type Bill, type Bills, parseBill, parseBills } from "./bills.ts";
import { type Day, parseDays } from "./days.ts";
import { type Failure, failureOf, isJson } from "./failure.ts";
import { waitingForBudget } from "./over-budget.ts";
import { type Months, parseMonths, parseReport, type Report } from "./report.ts";

/** The result of a request. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A report to request: the live report of some days, or a revision of a closed month. */
export type Question =
  | {
      readonly kind: "live";
      readonly start: string;
      readonly end: string;
      readonly resellers: readonly string[];
    }
  | { readonly kind: "billed"; readonly month: string; readonly revision: number | undefined };

/** A bill to request, by its number. */
export interface BillQuestion {
  readonly kind: "bill";
  readonly number: number;
}

/** A first and a last day, both inclusive. */
export interface Bounds {
  readonly start: string;
  readonly end: string;
}

/** A file as the API names it. */
export interface Download {
  readonly name: string;
  readonly content: Blob;
}

/** A report, when it arrived, and how long it took in milliseconds. */
export interface Loaded {
  readonly report: Report;
  readonly at: Date;
  readonly took: number;
}

/** Milliseconds for which an answer is shown again without a new request, for the way back and forth. */
const KEPT_MS = 300_000;

/** Answers by path, each with the time (milliseconds since 1970) until which it is shown again. */
type Memory<T> = Map<string, { readonly value: T; readonly until: number }>;

/** The API, as its caller with this token sees it. Answers are kept for a while, failures never. */
export interface Api {
  months(signal: AbortSignal): Promise<Outcome<Months>>;
  report(question: Question, signal: AbortSignal): Promise<Outcome<Loaded>>;
  /** Usage by day, of the live report. @param resellers ids; all when empty */
  days(period: Bounds, resellers: readonly string[], signal: AbortSignal): Promise<Outcome<Day[]>>;
  bills(signal: AbortSignal): Promise<Outcome<Bills>>;
  bill(number: number, signal: AbortSignal): Promise<Outcome<Bill>>;
  /** The API's CSV file of a report or a bill. */
  csv(question: Question | BillQuestion, signal: AbortSignal): Promise<Outcome<Download>>;
  /** Drops what is kept, so that everything is requested again. */
  forget(): void;
}

/** @param token the bearer token; undefined once it has expired */
export function connect(token: () => string | undefined): Api {
  function send(path: string, accept: string, signal: AbortSignal): Promise<Outcome<Response>> {
    return waitingForBudget(() => sendOnce(path, accept, signal), signal);
  }

  async function sendOnce(path: string, accept: string, signal: AbortSignal): Promise<Outcome<Response>> {
    const bearer = token();
    if (bearer === undefined) return { ok: false, failure: { kind: "session" } };
    try {
      const headers = { authorization: `Bearer ${bearer}`, accept };
      const response = await fetch(path, { headers, cache: "no-store", signal });
      return response.ok ? { ok: true, value: response } : { ok: false, failure: await failureOf(response) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ok: false, failure: noAnswer() };
    }
  }

  async function json<T>(
    path: string,
    parse: (body: unknown) => T,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    const answer = await send(path, "application/json", signal);
    if (!answer.ok) return answer;
    if (!isJson(answer.value)) {
      return { ok: false, failure: { kind: "intercepted", status: answer.value.status } };
    }
    try {
      return { ok: true, value: parse(await answer.value.json()) };
    } catch (error) {
      if (signal.aborted) throw error;
      const detail = "The answer is incomplete, or this page does not understand it.";
      return { ok: false, failure: { kind: "broken", detail, requestId: requestIdOf(answer.value) } };
    }
  }

  async function load(path: string, signal: AbortSignal): Promise<Outcome<Loaded>> {
    const startedAt = performance.now();
    const answer = await json(path, parseReport, signal);
    if (!answer.ok) return answer;
    return { ok: true, value: { report: answer.value, at: new Date(), took: performance.now() - startedAt } };
  }

  async function remembered<T>(
    memory: Memory<T>,
    path: string,
    ask: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const known = memory.get(path);
    if (known !== undefined && known.until > Date.now()) return { ok: true, value: known.value };
    const answer = await ask();
    if (answer.ok) memory.set(path, { value: answer.value, until: Date.now() + KEPT_MS });
    return answer;
  }

  const months: Memory<Months> = new Map();
  const reports: Memory<Loaded> = new Map();
  const days: Memory<Day[]> = new Map();
  const billLists: Memory<Bills> = new Map();
  const bills: Memory<Bill> = new Map();
  return {
    months: (signal) => remembered(months, MONTHS, () => json(MONTHS, parseMonths, signal)),
    report: (question, signal) => {
      const path = pathOf(question);
      return remembered(reports, path, () => load(path, signal));
    },
    days: (period, resellers, signal) => {
      const path = `/v1/reports/minutes-by-day?${queryOf(period, resellers)}`;
      const parse = (body: unknown) => parseDays(body, period.start, period.end);
      return remembered(days, path, () => json(path, parse, signal));
    },
    bills: (signal) => remembered(billLists, BILLS, () => json(BILLS, parseBills, signal)),
    bill: (number, signal) => {
      const path = pathOf({ kind: "bill", number });
      return remembered(bills, path, () => json(path, parseBill, signal));
    },
    csv: async (question, signal) => {
      const answer = await send(pathOf(question), "text/csv", signal);
      if (!answer.ok) return answer;
      if (!/^text\/csv\b/.test(answer.value.headers.get("content-type") ?? "")) {
        return { ok: false, failure: { kind: "intercepted", status: answer.value.status } };
      }
      try {
        return { ok: true, value: { name: filenameOf(answer.value), content: await answer.value.blob() } };
      } catch (error) {
        if (signal.aborted) throw error;
        return { ok: false, failure: noAnswer() };
      }
    },
    forget: () => {
      for (const memory of [months, reports, days, billLists, bills]) memory.clear();
    },
  };
}

const MONTHS = "/v1/billing/snapshots";
const BILLS = "/v1/billing/bills";

function pathOf(question: Question | BillQuestion): string {
  if (question.kind === "bill") return `${BILLS}/${question.number}`;
  if (question.kind === "billed") {
    const { month, revision } = question;
    return `${MONTHS}/${month}${revision === undefined ? "" : `?revision=${revision}`}`;
  }
  return `/v1/reports/minutes-by-organization?${queryOf(question, question.resellers)}`;
}

function queryOf({ start, end }: Bounds, resellers: readonly string[]): string {
  const query = new URLSearchParams({ start_date: start, end_date: end });
  if (resellers.length > 0) query.set("reseller_ids", resellers.join(","));
  return query.toString();
}

function filenameOf(response: Response): string {
  const disposition = response.headers.get("content-disposition") ?? "";
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? "minutes-by-organization.csv";
}

/** What it means that the browser got no answer. */
function noAnswer(): Failure {
  return { kind: navigator.onLine ? "unreachable" : "offline" };
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get("x-request-id") ?? undefined;
}
