/**
 * A rolled-up lake, the report function with reused answers over it, and the same function without reuse. Each request
 * can be compared: what the first one answers must be what the second one answers. Rules of the reuse can be taken out,
 * to see that the comparison notices.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { reportsApi } from "../../functions/reports/handler.ts";
import type { AnswerReuse } from "../../lib/http/answer-reuse.ts";
import type { Querier } from "../../lib/query.ts";
import { REPORTS } from "../../lib/reports/table.ts";
import type { AnswerKey } from "../../lib/reuse/answer-key.ts";
import { type NamesObject, namesFrom } from "../../lib/reuse/names.ts";
import type { StoredAnswer } from "../../lib/reuse/stored-answer.ts";
import type { Lake } from "../../local/lake/records.ts";
import { gatewayEvent, invocation, type Sent } from "../lib/http/events.ts";
import { day } from "../lib/valid.ts";
import type { Altered, startGround } from "./rollup-world.ts";

export type Directory = Omit<Lake, "call_usage">;

/** Rules that can be taken out. */
export type Rule =
  | "days in flux are published before the merge"
  | "a state is published only over the one that was read before the marks"
  | "each merge makes a mark of its own"
  | "the names are listed again after the query"
  | "the times of the names' changes are compared"
  | "names that have just changed are not settled"
  | "executions are shared only for the same names"
  | "executions are shared only for the same published marks"
  | "the key is made of the result's own marks"
  | "the key has the names' version"
  | "the key has the days' marks"
  | "the key has the query's parameters"
  | "the key has the report"
  | "the key has the format"
  | "the key has the code"
  | "a stored answer must match its hash"
  | "a stored answer must have its key";

/** The two versions of the code: the second one writes a blank at the end of each answer. */
export type Code = "1" | "2";

export interface Request extends Sent {
  readonly code?: Code;
  /** Happens after the execution was started, before and after it reads the lake. */
  readonly beforeReading?: () => Promise<unknown>;
  readonly afterReading?: () => Promise<unknown>;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
}

export type ReuseWorld = Awaited<ReturnType<typeof startReuseWorld>>;

const returnedResponse = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const LIMITS = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };
const NOW = Date.parse("2026-05-20T10:00:00Z");

export async function startReuseWorld(
  ground: Awaited<ReturnType<typeof startGround>>,
  lake: Lake,
  without: readonly Rule[] = [],
) {
  const has = (rule: Rule) => !without.includes(rule);
  const rollup = await ground.world(lake, alteredBy(has));
  const { call_usage: _calls, ...directory } = lake;
  /** Seconds since 1970, as S3 and the function have them. */
  let clock = NOW / 1_000;
  let names = [objectOf(directory, clock - 60)];
  const objects = new Map<string, StoredAnswer>();
  const executions = new Map<string, Promise<(string | null)[][]>>();
  /** The last key that was looked up, as a function would use it that takes the published marks for the result's. */
  let lookedUp: AnswerKey | undefined;
  let current: Request = {};

  /** Shares an execution between equal queries, as Athena does for one idempotency token. */
  const shared: Querier = async function* shared({ text, parameters, parseRow }, { sharedWith = "" }) {
    const [marks = "", moment = ""] = sharedWith.split(" ");
    const token = JSON.stringify([
      text,
      parameters,
      has("executions are shared only for the same published marks") ? marks : "",
      has("executions are shared only for the same names") ? moment : "",
    ]);
    const { beforeReading, afterReading } = current;
    const run = async () => {
      await beforeReading?.();
      const rows = await rollup.rows(text, parameters);
      await afterReading?.();
      return rows.map((row) => [...row]);
    };
    // Other requests share for a minute, as they did before answers were reused.
    const rows = (sharedWith === "" ? undefined : executions.get(token)) ?? run();
    executions.set(token, rows);
    yield (await rows).map((row) => parseRow(row));
  };
  /** Runs each query for itself. */
  const alone: Querier = async function* alone({ text, parameters, parseRow }) {
    yield (await rollup.rows(text, parameters)).map((row) => parseRow(row));
  };

  /** The name under which an answer is stored. With a rule taken out, requests that differ in it share a name. */
  const placeOf = ({ hash }: AnswerKey): string => {
    const { path = "", query = "", headers } = current;
    if (!has("the key has the report")) return `${headers?.["accept"]} ${query}`;
    return has("the key has the format") ? hash : `${path} ${query}`;
  };

  let isSecondListing = false;
  let firstListing: Awaited<ReturnType<AnswerReuse["names"]>> | undefined;
  const reuse = (code: Code): AnswerReuse => ({
    names: async () => {
      const listed = namesFrom(
        has("the times of the names' changes are compared")
          ? names
          : names.map((object) => ({ ...object, lastModified: "2026-01-01T00:00:00Z" })),
        has("names that have just changed are not settled") ? clock * 1_000 : Number.POSITIVE_INFINITY,
      );
      const shown = has("the key has the names' version") ? listed : { ...listed, version: "" };
      if (isSecondListing && firstListing && !has("the names are listed again after the query"))
        return firstListing;
      isSecondListing = true;
      firstListing = shown;
      return shown;
    },
    answers: {
      read: async (key) => {
        lookedUp = key;
        const place = placeOf(key);
        const found = objects.get(place);
        return found && forgiven(key, place === key.hash ? found : rehashed(key, found), has);
      },
      write: async (key, answer) => {
        const published = has("the key is made of the result's own marks") ? key : (lookedUp ?? key);
        objects.set(placeOf(published), published === key ? answer : rehashed(published, answer));
      },
    },
    athenaInput: (query) => (has("the key has the query's parameters") ? JSON.stringify(query) : query.text),
    code: async () => (has("the key has the code") ? code : "any"),
    lake: rollup.lake,
    rollup: "s3://rollup/",
  });

  /** The handler of a version of the code; without `reuse` every answer is a query's. */
  const handlerOf = (code: Code, query: Querier, reused: AnswerReuse | undefined) =>
    reportsApi({
      reports: REPORTS.map((report) => (code === "1" ? report : withBlank(report))),
      query,
      coverage: async () => {
        const published = await rollup.published();
        if (published === undefined || reused === undefined || has("the key has the days' marks"))
          return published;
        return { ...published, digests: new Map(Array.from(published.digests, ([each]) => [each, "same"])) };
      },
      reuse: reused,
      limits: LIMITS,
      resellerClaim: "reseller_ids",
      now: () => clock * 1_000,
      write: () => undefined,
    });

  async function send(handler: ReturnType<typeof handlerOf>, request: Request): Promise<Answer> {
    const returned: unknown = await Reflect.apply(handler, undefined, [gatewayEvent(request), invocation()]);
    const { statusCode, headers, body } = returnedResponse.parse(returned);
    return { status: statusCode, etag: headers["etag"], body };
  }

  return {
    rollup,
    objects,
    /** Lets time pass; executions of before are not shared any more. */
    wait(seconds: number): void {
      clock += seconds;
      if (seconds >= 60) executions.clear();
    },
    /** Replaces the files with names, as S3 shows it: equal content has an equal ETag, and each write a time. */
    async replaceNames(others: Directory): Promise<void> {
      await rollup.replaceNames(others);
      names = [objectOf(others, clock)];
    },
    /** An answer with reuse, and the answer of the query path at the same time. */
    async ask(request: Request): Promise<{ reused: Answer; expected: Answer }> {
      current = request;
      isSecondListing = false;
      const code = request.code ?? "1";
      const reused = await send(handlerOf(code, shared, reuse(code)), request);
      current = {};
      const { "if-none-match": _known, ...headers } = request.headers ?? {};
      const expected = await send(handlerOf(code, alone, undefined), { ...request, headers });
      return { reused, expected };
    },
    end: () => rollup.end(),
  };
}

/** S3 gives whole seconds. */
function objectOf(directory: Directory, seconds: number): NamesObject {
  const etag = createHash("md5").update(JSON.stringify(directory)).digest("hex");
  const lastModified = new Date(Math.floor(seconds) * 1_000).toISOString();
  return { key: "resellers/part-0.parquet", size: etag.length, etag, lastModified };
}

function withBlank(report: (typeof REPORTS)[number]): (typeof REPORTS)[number] {
  return {
    ...report,
    request: (...stated) => {
      const requested = report.request(...stated);
      return {
        ...requested,
        read: async (...reading) => {
          const read = await requested.read(...reading);
          return { ...read, json: () => [...read.json(), " "], csv: () => [...read.csv(), " "] };
        },
      };
    },
  };
}

function alteredBy(has: (rule: Rule) => boolean): Altered {
  return {
    state: (state) => ({
      read: state.read,
      write: (text, expected) =>
        state.write(
          has("days in flux are published before the merge")
            ? text
            : JSON.stringify({ ...JSON.parse(text), in_flux: [] }),
          has("a state is published only over the one that was read before the marks")
            ? expected
            : "anything",
        ),
    }),
    statement: (text) =>
      has("each merge makes a mark of its own")
        ? text
        : text.replace("source || ' ' || CAST(uuid() AS varchar)", "source"),
  };
}

/** An object as a reader would see it that does not look at what its metadata says. */
function forgiven(key: AnswerKey, stored: StoredAnswer, has: (rule: Rule) => boolean): StoredAnswer {
  if (!has("a stored answer must match its hash") && stored.metadata["key"] === key.hash)
    return rehashed(key, stored);
  return has("a stored answer must have its key") ? stored : rehashed(key, stored);
}

function rehashed({ hash }: AnswerKey, { metadata, bytes }: StoredAnswer): StoredAnswer {
  const { encoding = "" } = metadata;
  const sha256 = createHash("sha256").update(`${hash} ${encoding} `).update(bytes).digest("hex");
  return { metadata: { ...metadata, key: hash, sha256 }, bytes };
}
