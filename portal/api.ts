import { type Failure, failureOf } from "./failure.ts";
import { type ClosedMonth, parseMonths, parseReport, type Report } from "./report.ts";

/** What came of a request. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A report to ask for: some days of the live one, or a revision of a closed month. */
export type Question =
  | {
      readonly kind: "live";
      readonly start: string;
      readonly end: string;
      readonly resellers: readonly string[];
    }
  | { readonly kind: "billed"; readonly month: string; readonly revision: number | undefined };

/** A file as the API names it. */
export interface Download {
  readonly name: string;
  readonly content: Blob;
}

/** A report, when it came, and how long it took in milliseconds. */
export interface Loaded {
  readonly report: Report;
  readonly at: Date;
  readonly took: number;
}

/** How long an answer is shown again without asking anew, in milliseconds: for the way back and forth. */
const KEPT_MS = 300_000;

/** Answers by their path, and until when (milliseconds since 1970) each is shown again. */
type Memory<T> = Map<string, { readonly value: T; readonly until: number }>;

/** The API, as its caller with this token sees it. Answers are kept for a while; a failure never is. */
export interface Api {
  months(signal: AbortSignal): Promise<Outcome<ClosedMonth[]>>;
  report(question: Question, signal: AbortSignal): Promise<Outcome<Loaded>>;
  /** The API's own CSV of the same. */
  csv(question: Question): Promise<Outcome<Download>>;
  /** Asks everything anew. */
  forget(): void;
}

/** @param token the bearer token; undefined once it has expired */
export function connect(token: () => string | undefined): Api {
  async function send(path: string, accept: string, signal?: AbortSignal): Promise<Outcome<Response>> {
    const bearer = token();
    if (bearer === undefined) return { ok: false, failure: { kind: "session" } };
    try {
      const headers = { authorization: `Bearer ${bearer}`, accept };
      const response = await fetch(path, { headers, cache: "no-store", ...(signal && { signal }) });
      return response.ok ? { ok: true, value: response } : { ok: false, failure: await failureOf(response) };
    } catch (error) {
      if (signal?.aborted) throw error;
      return { ok: false, failure: { kind: "offline" } };
    }
  }

  async function json<T>(
    path: string,
    parse: (body: unknown) => T,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    const answer = await send(path, "application/json", signal);
    if (!answer.ok) return answer;
    try {
      return { ok: true, value: parse(await answer.value.json()) };
    } catch (error) {
      if (signal.aborted) throw error;
      const detail = "The answer was cut off on its way, or is not what this page understands.";
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

  const months: Memory<ClosedMonth[]> = new Map();
  const reports: Memory<Loaded> = new Map();
  return {
    months: (signal) => remembered(months, MONTHS, () => json(MONTHS, parseMonths, signal)),
    report: (question, signal) => {
      const path = pathOf(question);
      return remembered(reports, path, () => load(path, signal));
    },
    csv: async (question) => {
      const answer = await send(pathOf(question), "text/csv");
      if (!answer.ok) return answer;
      try {
        return { ok: true, value: { name: filenameOf(answer.value), content: await answer.value.blob() } };
      } catch {
        return { ok: false, failure: { kind: "offline" } };
      }
    },
    forget: () => {
      months.clear();
      reports.clear();
    },
  };
}

const MONTHS = "/v1/billing/snapshots";

function pathOf(question: Question): string {
  if (question.kind === "billed") {
    const { month, revision } = question;
    return `${MONTHS}/${month}${revision === undefined ? "" : `?revision=${revision}`}`;
  }
  const { start, end, resellers } = question;
  const query = new URLSearchParams({ start_date: start, end_date: end });
  if (resellers.length > 0) query.set("reseller_ids", resellers.join(","));
  return `/v1/reports/minutes-by-organization?${query.toString()}`;
}

function filenameOf(response: Response): string {
  const disposition = response.headers.get("content-disposition") ?? "";
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? "minutes-by-organization.csv";
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get("x-request-id") ?? undefined;
}
