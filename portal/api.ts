import { type Bill, type Bills, parseBill, parseBills } from "./bills.ts";
import { type Day, parseDays } from "./days.ts";
import { endsAccess, type Failure, failureOf, isJson, isUnanswered } from "./failure.ts";
import { type Kept, type Loaded, type Memory, memory } from "./memory.ts";
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

/** Something that the service answers. */
export interface Resource<T> {
  readonly path: string;
  /** The kept answer; undefined if there is none, or the token has expired. */
  known(): Loaded<T> | undefined;
  /** Requests it. The service may confirm the kept answer instead of sending it again. */
  load(signal: AbortSignal): Promise<Outcome<Loaded<T>>>;
}

/** The API, as its caller with this token sees it. Answers are kept, failures never. */
export interface Api {
  months(): Resource<Months>;
  report(question: Question): Resource<Report>;
  /** Usage by day, of the live report. @param resellers ids; all when empty */
  days(period: Bounds, resellers: readonly string[]): Resource<Day[]>;
  bills(): Resource<Bills>;
  bill(number: number): Resource<Bill>;
  /** The API's CSV file of a report or a bill. */
  csv(question: Question | BillQuestion, signal: AbortSignal): Promise<Outcome<Download>>;
  /** Drops the kept answers that the service cannot confirm. */
  forget(): void;
}

/** @param token the bearer token; undefined once it has expired */
export function connect(token: () => string | undefined): Api {
  const months = memory<Months>();
  const reports = memory<Report>();
  const days = memory<Day[]>();
  const billLists = memory<Bills>();
  const bills = memory<Bill>();
  const memories = [months, reports, days, billLists, bills];
  let owner: string | undefined;

  function clear(): void {
    for (const each of memories) each.clear();
  }

  /** The token. Drops what is kept for another token, or for one that has expired. */
  function bearer(): string | undefined {
    const present = token();
    if (present !== owner) clear();
    owner = present;
    return present;
  }

  function send(
    path: string,
    given: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Outcome<Response>> {
    const own = bearer();
    const headers = { ...given, authorization: `Bearer ${own}` };
    return waitingForBudget(async () => {
      if (own === undefined || bearer() !== own) return { ok: false, failure: { kind: "session" } };
      try {
        const response = await fetch(path, { headers, cache: "no-store", signal });
        const isConfirmed = response.status === 304 && "if-none-match" in given;
        if (response.ok || isConfirmed) return { ok: true, value: response };
        return { ok: false, failure: await failureOf(response) };
      } catch (error) {
        if (signal.aborted) throw error;
        return { ok: false, failure: noAnswer() };
      }
    }, signal);
  }

  function resource<T>(kept: Memory<T>, path: string, parse: (body: unknown) => T): Resource<T> {
    const known = () => (bearer() === undefined ? undefined : kept.find(path));
    return {
      path,
      known,
      load: async (signal) => {
        const own = bearer();
        const last = known();
        const startedAt = performance.now();
        // A browser gives a 304 to the page if the page itself has sent the entity tag.
        const etag = last?.etag;
        const headers = { accept: "application/json", ...(etag !== undefined && { "if-none-match": etag }) };
        const answer = await send(path, headers, signal);
        const isConfirmed = answer.ok && answer.value.status === 304;
        const outcome: Outcome<Kept<T>> = !answer.ok
          ? answer
          : isConfirmed && last !== undefined
            ? { ok: true, value: { ...last, confirmedAt: new Date() } }
            : await read(answer.value, parse, startedAt, signal);
        // What arrives after its token has ended is not kept.
        if (bearer() !== own) return outcome;
        if (outcome.ok) kept.keep(path, outcome.value);
        else if (endsAccess(outcome.failure)) clear();
        else if (!isUnanswered(outcome.failure)) kept.drop(path);
        return outcome;
      },
    };
  }

  return {
    months: () => resource(months, MONTHS, parseMonths),
    report: (question) => resource(reports, pathOf(question), parseReport),
    days: (period, resellers) =>
      resource(days, `/v1/reports/minutes-by-day?${queryOf(period, resellers)}`, (body) =>
        parseDays(body, period.start, period.end),
      ),
    bills: () => resource(billLists, BILLS, parseBills),
    bill: (number) => resource(bills, pathOf({ kind: "bill", number }), parseBill),
    csv: async (question, signal) => {
      const answer = await send(pathOf(question), { accept: "text/csv" }, signal);
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
      for (const each of memories) each.dropUntagged();
    },
  };
}

/** Reads a new answer. @param since when it was requested: milliseconds, `performance.now` */
async function read<T>(
  response: Response,
  parse: (body: unknown) => T,
  since: number,
  signal: AbortSignal,
): Promise<Outcome<Kept<T>>> {
  if (!isJson(response)) return { ok: false, failure: { kind: "intercepted", status: response.status } };
  try {
    const body = await response.text();
    const value = parse(JSON.parse(body));
    const took = performance.now() - since;
    const etag = response.headers.get("etag") ?? undefined;
    const kept = { value, at: new Date(), took, confirmedAt: undefined, etag, size: body.length };
    return { ok: true, value: kept };
  } catch (error) {
    if (signal.aborted) throw error;
    const detail = "The answer is incomplete, or this page does not understand it.";
    return { ok: false, failure: { kind: "broken", detail, requestId: requestIdOf(response) } };
  }
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
  const isOffline = "onLine" in navigator && !navigator.onLine;
  return { kind: isOffline ? "offline" : "unreachable" };
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get("x-request-id") ?? undefined;
}
