/**
 * A platform whose calls arrive, are corrected and disappear, and the function that closes, watches and bills its
 * months over a store in memory. It remembers what each query saw, so that each revision can be compared with it.
 */

import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { billingSnapshot } from "../../../functions/billing-snapshot/handler.ts";
import { type Manifest, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { type Month, monthAfter, toInstant } from "../../../lib/billing/month.ts";
import { parseStatement, sha256 } from "../../../lib/billing/statement.ts";
import type { Querier, Query } from "../../../lib/query.ts";
import { invocation } from "../http/events.ts";
import { collect, day } from "../valid.ts";
import { befall, type Fate, type Turn } from "./bills-world.ts";
import { memoryBucket, memoryStore } from "./memory-store.ts";
import {
  asOfIn,
  type CallRecord,
  type Cells,
  type DirectoryAgent,
  everyDay,
  idsOf,
  monthIn,
  monthRows,
} from "./scripted-month.ts";
import { month } from "./valid.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The first month of the lake, before the first that is billed. */
const FIRST_MONTH = month("2025-12");
const LAST_MONTH = month("2027-06");

export const BILL_FROM = month("2026-01");
export const LOOK_BACK_MONTHS = 2;

/** What a query of a month saw. */
export interface Seen {
  readonly records: readonly CallRecord[];
  readonly directory: readonly DirectoryAgent[];
}

/** How a run ended. */
export interface Ended {
  /** Undefined where it ended well. */
  readonly error: Error | undefined;
  /** Its line of the log. */
  readonly line: Readonly<Record<string, unknown>>;
  /** The codes of all its failures. */
  readonly codes: readonly string[];
}

/** Answers the query of a month from its records. */
export type AnswerMonth = (query: AskedMonth) => Promise<readonly Cells[]>;

export interface AskedMonth extends Pick<Query<unknown>, "text" | "parameters" | "columns"> {
  readonly of: Month;
  readonly asOf: string;
  readonly seen: Seen;
}

const scripted: AnswerMonth = async ({ columns, seen, asOf }) =>
  monthRows(columns, seen.records, seen.directory, asOf);

export type RunsWorld = ReturnType<typeof runsWorld>;

/** @param answerMonth is asked once for each query; without it the rows are worked out from the records */
export function runsWorld(answerMonth: AnswerMonth = scripted) {
  const objects = new Map<string, Uint8Array>();
  const store = memoryStore(objects);
  const months = new Map<Month, CallRecord[]>();
  for (let of = FIRST_MONTH; of <= LAST_MONTH; of = monthAfter(of))
    months.set(of, everyDay(of, { reseller: "a1", agent: "c1" }));
  /** Grows when a month's files are written again with the same records. */
  const layouts = new Map<Month, number>();
  const answered = new Map<string, Promise<readonly Cells[]>>();
  const seen = new Map<string, Seen[]>();
  let directory: readonly DirectoryAgent[] = [];

  function answer<Row>({ text, parameters, columns }: Query<Row>): Promise<readonly Cells[]> {
    const key = JSON.stringify([text, parameters]);
    const known = answered.get(key);
    if (known !== undefined) return known;
    const of = monthIn(months.keys(), parameters) ?? FIRST_MONTH;
    const asOf = asOfIn(parameters);
    const saw = { records: [...(months.get(of) ?? [])], directory };
    const rows = answerMonth({ text, parameters, columns, of, asOf, seen: saw });
    answered.set(key, rows);
    seen.set(`${of} ${asOf}`, [...(seen.get(`${of} ${asOf}`) ?? []), saw]);
    return rows;
  }

  const query: Querier = async function* asked(of) {
    yield (await answer(of)).map(of.parseRow);
  };

  /** The digest of the month's files. */
  const digest = (of: Month) =>
    sha256(Buffer.from(JSON.stringify([months.get(of) ?? [], layouts.get(of) ?? 0])));

  return {
    objects,
    months,
    digest,
    /** How often the engine was asked something new. */
    queries: () => answered.size,
    /** What the queries of this month and cutoff saw. */
    seenBy: (of: Month, asOf: string) => seen.get(`${of} ${asOf}`) ?? [],
    change(of: Month, edit: (records: readonly CallRecord[]) => CallRecord[]): void {
      months.set(of, edit(months.get(of) ?? []));
    },
    rewrite(of: Month): void {
      layouts.set(of, (layouts.get(of) ?? 0) + 1);
    },
    setDirectory(agents: readonly DirectoryAgent[]): void {
      directory = agents;
    },
    /** Runs the function at an instant, in milliseconds since 1970. */
    async run(
      event: object,
      now: number,
      fate: Fate = {},
      take: Turn = () => Promise.resolve(),
    ): Promise<Ended> {
      const lines: Record<string, unknown>[] = [];
      const handler = billingSnapshot({
        query,
        store: befall(store, objects, fate, take),
        graceDays: 3,
        earliestDate: day("2020-01-01"),
        billFrom: BILL_FROM,
        lookBackMonths: LOOK_BACK_MONTHS,
        // The model delivers records of the future, which an engine finds.
        toleratedBrokenRecords: 1_000,
        listing: async (of) => digest(of),
        now: () => now,
        write: (line) => void lines.push(JSON.parse(line)),
      });
      const error = await handler(event, invocation(900_000)).then(
        () => undefined,
        (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
      );
      const failed = lines.filter(({ level }) => level === "error");
      return {
        error,
        line: lines.findLast(({ message }) => message === "snapshot") ?? {},
        codes: failed.map(({ code }) => String(code)),
      };
    },
    /** The newest revision of a month that has a manifest. */
    newest(of: Month): Manifest | undefined {
      for (let number = 1, found: Manifest | undefined; ; number += 1) {
        const bytes = objects.get(manifestKey(of, number));
        if (bytes === undefined) return found;
        found = parseManifest(bytes);
      }
    },
    /** What the verifier finds wrong. */
    async findings(): Promise<string[]> {
      const verdicts = await collect(verifyBucket(memoryBucket(objects), { from: BILL_FROM }));
      return verdicts.flatMap(({ findings }) => findings);
    },
  };
}

/** The lines of a revision's statements: seconds by `reseller organization agent`, also those of 0. */
export function linesOf(
  objects: ReadonlyMap<string, Uint8Array>,
  { resellers }: Manifest,
): { readonly lines: Map<string, number>; readonly deltas: Map<string, number> } {
  const lines = new Map<string, number>();
  const deltas = new Map<string, number>();
  for (const { key } of resellers) {
    const { organizations, adjustments } = parseStatement(objects.get(key) ?? new Uint8Array());
    for (const { resellerId, organizationId, agents } of organizations)
      for (const { agentId, seconds } of agents)
        lines.set(`${resellerId} ${organizationId} ${agentId}`, seconds);
    for (const { resellerId, organizationId, agentId, before, after } of adjustments)
      deltas.set(`${resellerId} ${organizationId} ${agentId}`, after - before);
  }
  return { lines, deltas };
}

/** The lines that a report over the records would have. */
export function reportedLines({ records, directory }: Seen, asOf: string): Set<string> {
  const counted = records.filter(({ recordedAt }) => recordedAt < asOf);
  // Of a call that was corrected to another agent the first one is no line.
  const latest = new Map(
    counted.toSorted((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1)).map((each) => [each.call, each]),
  );
  return new Set([...latest.values(), ...directory].map((line) => Object.values(idsOf(line)).join(" ")));
}

export const instantAt = (milliseconds: number) => toInstant(milliseconds);
