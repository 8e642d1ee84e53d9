/**
 * A lake whose files come and go, the function that rolls it up with the engine, the local S3 and its listing, and
 * reports over the result. It remembers from which records each day was last merged. So the right report is known at
 * every moment: each day is in one of the two states, never in both.
 */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageRollup } from "../../functions/usage-rollup/handler.ts";
import { internalError, ServiceError } from "../../lib/errors.ts";
import type { Executor, Querier } from "../../lib/query.ts";
import { minutesByOrganization } from "../../lib/reports/minutes-by-organization/definition.ts";
import { type PublishedCoverage, readState, rolledPart } from "../../lib/rollup/coverage.ts";
import { readFirstState } from "../../lib/rollup/first-state.ts";
import { CALL_USAGE } from "../../lib/rollup/listing.ts";
import type { StateStore } from "../../lib/rollup/publication.ts";
import { listLake, stateStore } from "../../lib/s3/rollup-store.ts";
import { narrow } from "../../lib/scope/reseller-scope.ts";
import type { Engine } from "../../local/engine/engine.ts";
import type { CallRecord, Lake } from "../../local/lake/records.ts";
import { writeLake } from "../../local/lake/write.ts";
import { startS3 } from "../../local/s3/server.ts";
import { soundPart } from "../broken-records-oracle.ts";
import { invocation } from "../lib/http/events.ts";
import { day, scopeOf } from "../lib/valid.ts";
import { expectedReport, type Question } from "../oracle.ts";
import { s3Client } from "./s3-client.ts";
import { engineOver } from "./test-stack.ts";

/** The function was killed. */
const LIMITS = { earliestDate: day("2020-01-01"), maxRangeDays: 366 };

export class Crash extends Error {}

/** The fault of a run at one of its calls (statements, queries, the state's reads and writes), counted from 0. */
export interface Fault {
  readonly at: number;
  /** Killed before or after the call; its time is up; a file arrives first; the engine refuses it. */
  readonly kind: "before" | "after" | "time is up" | "a file lands" | "refused" | "meanwhile";
  /** The file that arrives. */
  readonly lands?: readonly CallRecord[];
  /** What happens meanwhile, before the call. */
  readonly happens?: () => Promise<unknown>;
}

/** How a world differs from the service: a rule that is taken out. */
export interface Altered {
  readonly state?: (state: StateStore) => StateStore;
  readonly statement?: (text: string) => string;
}

export type RollupWorld = Awaited<ReturnType<typeof startWorld>>;

/** One machine for all worlds; each world has a new lake, table and state. */
export async function startGround() {
  const directory = await mkdtemp(join(tmpdir(), "rollup-"));
  await mkdir(join(directory, "lakes"));
  const folder = { bucket: "lakes", directory: join(directory, "lakes") };
  const server = await startS3({ directory: join(directory, "s3"), port: 0, folder });
  await server.makeBucket("rollup");
  const s3 = s3Client(server.url);
  return {
    world: async (lake: Lake, altered: Altered = {}) => {
      const name = `world-${randomUUID()}`;
      return startWorld(name, join(directory, "lakes", name), s3, lake, altered);
    },
    [Symbol.asyncDispose]: async () => {
      s3.destroy();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function startWorld(
  name: string,
  directory: string,
  s3: ReturnType<typeof s3Client>,
  { call_usage, ...names }: Lake,
  altered: Altered,
) {
  const lake = `s3://lakes/${name}/`;
  const store = stateStore(s3, { bucket: "rollup", key: `${name}/coverage.json` });
  const firstState = stateStore(s3, { bucket: "rollup", key: `${name}/state.json` });
  await writeLake(directory, { ...names, call_usage: [] });
  const engine = await engineOver(directory);
  const never = new AbortController().signal;
  /** The records of each file, and of each day when it was last merged. */
  const files = new Map<string, readonly CallRecord[]>();
  const merged = new Map<string, readonly CallRecord[]>();
  const recordsOf = (dt: string) => [...files.values()].flat().filter((record) => record.dt === dt);
  const lines: string[] = [];

  async function deliver(records: readonly CallRecord[]): Promise<string | undefined> {
    const [first] = records;
    if (first === undefined) return undefined;
    const fresh = `${directory}-fresh-${randomUUID()}`;
    const folder = join(directory, "call_usage", `dt=${first.dt}`);
    await writeLake(fresh, { ...names, call_usage: records });
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${randomUUID()}.parquet`);
    await copyFile(join(fresh, "call_usage", `dt=${first.dt}`, "part-0.parquet"), `${fresh}.parquet`);
    await rename(`${fresh}.parquet`, file);
    await rm(fresh, { recursive: true });
    files.set(file, records);
    return file;
  }

  async function run(text: string, parameters: readonly string[] = []) {
    const before = new Map(mergedDays(text).map((dt) => [dt, recordsOf(dt)]));
    try {
      const { rows } = await engine.run(text, parameters, never);
      for (const [dt, records] of before) merged.set(dt, records);
      return rows;
    } catch (error) {
      throw internalError("the engine refused it", error);
    }
  }

  /** The coverage as a report reads it. */
  async function published(): Promise<PublishedCoverage | undefined> {
    const text = (await store.read())?.text;
    if (text !== undefined) return readState(text, lake);
    const first = (await firstState.read())?.text;
    return first === undefined ? undefined : readFirstState(first, lake);
  }

  for (const records of Map.groupBy(call_usage, ({ dt }) => dt).values()) await deliver(records);

  return {
    /** Where the lake's folders are. */
    lake,
    deliver,
    /** Deletes one file, named as `deliver` returned it. */
    async removeFile(file: string): Promise<void> {
      await rm(file);
      files.delete(file);
    },
    /** Replaces the files with names. */
    async replaceNames(others: Omit<Lake, "call_usage">): Promise<void> {
      const fresh = `${directory}-fresh-${randomUUID()}`;
      await writeLake(fresh, { ...others, call_usage: [] });
      for (const folder of ["resellers", "organizations", "agents"]) {
        const [file = ""] = await readdir(join(fresh, folder));
        await rename(join(fresh, folder, file), join(directory, folder, file));
      }
      await rm(fresh, { recursive: true });
    },
    published,
    /** Removes all files of a day. */
    async remove(dt: string): Promise<void> {
      for (const [file, [first]] of files) {
        if (first?.dt !== dt) continue;
        await rm(file);
        files.delete(file);
      }
    },
    /** A statement on the table, without the function. */
    damage: (text: string) => engine.run(text, [], never),
    rows: (text: string, parameters?: readonly string[]) => run(text, parameters),
    state: store,
    firstState,
    /** Lines of the function's log. */
    lines,
    /** Runs the function at an instant; @returns its outcome, or the error that it ended with */
    async rollUp(at: string, event: object = {}, fault?: Fault): Promise<object> {
      const hands = withFault({ run, deliver }, store, fault);
      const { query } = hands;
      const state = altered.state?.(hands.state) ?? hands.state;
      const execute: Executor = ({ text }, options) =>
        hands.execute({ text: altered.statement?.(text) ?? text }, options);
      const now = Date.parse(at);
      const handler = usageRollup({
        query,
        execute,
        state,
        firstState,
        list: () => listLake(s3, { bucket: "lakes", key: `${name}/` }, CALL_USAGE),
        lake,
        table: `s3://rollup/${name}/usage_daily/`,
        earliestDate: day("2020-01-01"),
        now: () => now,
        write: (line) => void lines.push(line),
      });
      return handler(event, invocation(900_000)).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      );
    },
    /** The days that the state lists as rolled up. */
    async closed(): Promise<string | undefined> {
      const closed = await published();
      return closed && `${closed.start}..${closed.end}`;
    },
    /** A report, and the sources that it must have used; `fellBack`: it read everything from the calls. */
    async ask(question: Question) {
      const { resellers, ...stated } = question;
      const request = minutesByOrganization.request(stated, LIMITS);
      const scope = narrow(scopeOf(...resellers), request.resellerIds);
      if (scope === undefined) return undefined;
      const rolled = rolledPart(request.period, await published());
      let fellBack: ServiceError | undefined;
      const query: Querier = async function* answered({ text: sql, parameters, parseRow }) {
        yield (await run(sql, parameters)).map(parseRowOf(parseRow));
      };
      const report = await request.read(
        scope,
        rolled,
        query,
        { deadline: Number.POSITIVE_INFINITY, observe: () => undefined },
        (error) => {
          fellBack = error;
        },
      );
      const days = [...new Set([...files.values()].flat().map(({ dt }) => dt)).union(new Set(merged.keys()))];
      const isRolled = (dt: string) => rolled !== undefined && dt >= rolled.start && dt <= rolled.end;
      const records = days.flatMap((dt) =>
        isRolled(dt) && fellBack === undefined ? (merged.get(dt) ?? []) : recordsOf(dt),
      );
      const lakeOf = (calls: readonly CallRecord[]) => soundPart({ ...names, call_usage: calls });
      return {
        answer: JSON.parse([...report.json()].join("")),
        expected: expectedReport(lakeOf(records), question),
        fromCalls: expectedReport(lakeOf(days.flatMap(recordsOf)), question),
        rolled,
        fellBack,
      };
    },
    async end(): Promise<void> {
      await engine.close();
      for (const entry of await readdir(join(directory, ".."))) {
        if (entry.startsWith(name)) await rm(join(directory, "..", entry), { recursive: true });
      }
    },
  };
}

/** A row that cannot be parsed is the query's failure, as in the querier. */
function parseRowOf<Row>(parseRow: (cells: readonly (string | null)[]) => Row) {
  return (cells: readonly (string | null)[]) => {
    try {
      return parseRow(cells);
    } catch (error) {
      throw internalError("a row that the query cannot give", error);
    }
  };
}

/** The days that a MERGE names. */
function mergedDays(text: string): string[] {
  if (!text.startsWith("MERGE")) return [];
  return Array.from(text.matchAll(/\('(\d{4}-\d\d-\d\d)', 's3:/g), ([, dt = ""]) => dt);
}

interface Hands {
  readonly run: (
    text: string,
    parameters?: readonly string[],
  ) => Promise<Awaited<ReturnType<Engine["run"]>>["rows"]>;
  readonly deliver: (records: readonly CallRecord[]) => Promise<unknown>;
}

/** The engine and the state for a run with a fault. A killed run makes no further call. */
function withFault({ run, deliver }: Hands, store: StateStore, fault: Fault | undefined) {
  let calls = 0;
  let isDead = false;
  const killed = () => new ServiceError("engine_timeout", "killed", { cause: new Crash("killed") });
  const befalls = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) throw killed();
    const isNow = fault !== undefined && calls === fault.at;
    calls += 1;
    if (!isNow) return call();
    if (fault.kind === "time is up") throw new ServiceError("engine_timeout", "time is up");
    if (fault.kind === "refused")
      throw new ServiceError("engine_unavailable", "another statement committed first");
    if (fault.kind === "meanwhile") {
      await fault.happens?.();
      return call();
    }
    if (fault.kind === "a file lands") {
      await deliver(fault.lands ?? []);
      return call();
    }
    if (fault.kind === "after") await call();
    isDead = true;
    throw killed();
  };
  const query: Querier = async function* answered({ text, parameters, parseRow }) {
    yield (await befalls(() => run(text, parameters))).map(parseRowOf(parseRow));
  };
  const execute: Executor = async ({ text }) => {
    await befalls(() => run(text));
  };
  const state: StateStore = {
    read: () => befalls(store.read),
    write: (text, expected) => befalls(() => store.write(text, expected)),
  };
  return { query, execute, state };
}
