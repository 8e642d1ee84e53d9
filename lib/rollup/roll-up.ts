import { randomUUID } from "node:crypto";
import { backOff } from "../aws/retry.ts";
import { ServiceError } from "../errors.ts";
import { redacted } from "../log.ts";
import { type Day, daysIn, type Period } from "../period.ts";
import type { Executor, Querier, RunOptions } from "../query.ts";
import type { AllResellers } from "../scope/all-resellers.ts";
import { type BrokenDay, type BrokenDirectoryRows, brokenDirectoryRows } from "./broken-records.ts";
import { isOf, type RecordedDay } from "./coverage.ts";
import { dueDays } from "./due-days.ts";
import { filesByDay, type LakeObject } from "./listing.ts";
import { publish, type StateStore } from "./publication.ts";
import { RollupError } from "./rollup-error.ts";
import {
  addBrokenRecordsColumn,
  clearDay,
  createTable,
  type MarkedDay,
  mergeDays,
  recordedDays,
} from "./statements.ts";

export interface RollupDependencies {
  readonly scope: AllResellers;
  /** `s3://<bucket>/<prefix>` of the lake's folders. */
  readonly lake: string;
  /** `s3://<bucket>/<prefix>/` of the table's files. */
  readonly table: string;
  readonly earliestDate: Day;
  readonly lastDay: Day;
  /** Days that may lose all their calls, because a person says so. */
  readonly mayEmpty: ReadonlySet<Day>;
  /** The objects of `call_usage/`, in the order of their keys. */
  readonly list: () => AsyncIterable<readonly LakeObject[]>;
  readonly execute: Executor;
  readonly query: Querier;
  readonly state: StateStore;
  /** The state object of earlier releases. */
  readonly firstState: StateStore;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  /** Until when days may be merged. */
  readonly merging: RunOptions;
  /** Until when all must be said and done. */
  readonly finishing: RunOptions;
  /** Is told how many days of how many are merged. */
  readonly progress: (merged: number, due: number) => void;
  /** Is told how far it came, also where the run then fails. */
  readonly reached: (standing: Standing) => void;
}

/** Where the rollup stands. */
export interface Standing {
  readonly days_due: number;
  readonly days_merged: number;
  readonly closed_from: Day | null;
  readonly closed_through: Day | null;
  /** Days that have ended, up to the lake's last, and are not closed. */
  readonly days_behind: number;
  /** Records that count for nothing because they are broken, by day and kind, oldest day first. */
  readonly broken_records: readonly BrokenDay[];
  /** Rows of the directory's tables that are left out, of tables that have some. */
  readonly broken_directory_rows: readonly BrokenDirectoryRows[];
}

/** How a run ended that did all it could. */
export interface RollupOutcome extends Standing {
  /** `cut_off`: its time was up; the next run goes on from there. */
  readonly outcome: "caught_up" | "cut_off";
}

/** Tries of a statement: the engine refuses one of two that make the table, or change the same days, at once. */
const TRIES = 4;
const NEVER = new AbortController().signal;

/**
 * Rolls up every day whose files have changed, oldest first, and then says which days are closed.
 *
 * What was done is in the table alone: each merge commits the days' figures and their marks together, and the state is
 * written from marks that have been read back. So a run may end anywhere, be repeated, or run beside another: a day is
 * there whole or not at all, and one merged from files that have changed since is due again, because its mark was made
 * of the listing from before the merge.
 *
 * @throws RollupError `days_failed`, `files_missing`, after all other days are merged and the state is written
 * @throws ServiceError when the table or the lake cannot be read
 */
export async function rollUp(dependencies: RollupDependencies): Promise<RollupOutcome> {
  const { table, execute, finishing, list, scope, merging, progress } = dependencies;
  // Of two runs that create the table at once, the engine may refuse one with any error.
  await retried(
    () => execute(createTable(table), finishing),
    () => true,
  );
  const files = await filesByDay(list());
  const publication = { ...dependencies, run: randomUUID(), until: finishing.deadline };
  // Before the merges: no answer is reused while its days change. Also after nothing is due: the table may have been
  // made anew, and have less than the last state says.
  const { seen: due } = await publish(publication, async () => {
    const recorded = await readRecordedOrMigrate(dependencies);
    const found = dueDays({ ...dependencies, files, recorded });
    const changing = found.merges.flat().map(({ day }) => day);
    return { ...found, recorded, from: found.extent?.start, changing };
  });
  const { extent, merges, doubled, vanished } = due;

  const days_due = merges.flat().length;
  let days_merged = 0;
  const failures: Failure[] = [];
  let isCutOff = false;
  for (const merge of merges) {
    try {
      for (const { day } of merge.filter((each) => doubled.includes(each.day)))
        await retried(() => execute(clearDay(scope, day), merging), mayPass);
      const failed = await mergeOrSplit(dependencies, merge);
      failures.push(...failed);
      days_merged += merge.length - failed.length;
    } catch (error) {
      if (!isTimeUp(error)) throw error;
      isCutOff = true;
      break;
    }
    progress(days_merged, days_due);
  }

  const { seen, covered: closed } = await publish(publication, async () => ({
    recorded: await readRecorded(dependencies),
    from: extent?.start,
    changing: [],
  }));
  const standing = {
    days_due,
    days_merged,
    closed_from: closed?.start ?? null,
    closed_through: closed?.end ?? null,
    days_behind: Math.max(0, lengthOf(extent) - lengthOf(closed)),
    broken_records: brokenDays(seen.recorded),
    broken_directory_rows: await readBrokenDirectoryRows(dependencies),
  };
  dependencies.reached(standing);
  refuseFailures(failures, vanished);
  return { outcome: isCutOff ? "cut_off" : "caught_up", ...standing };
}

interface Failure {
  readonly day: Day;
  readonly error: unknown;
}

/**
 * Merges the days together. When the engine refuses them for good, each half is merged alone, and so on, so that a day
 * with a bad file does not stop the others and is found in few executions.
 */
async function mergeOrSplit(
  dependencies: RollupDependencies,
  days: readonly MarkedDay[],
): Promise<readonly Failure[]> {
  try {
    await mergeWithRetries(dependencies, days);
    return [];
  } catch (error) {
    if (isTimeUp(error)) throw error;
    if (days.length === 1 || mayPass(error)) return days.map(({ day }) => ({ day, error }));
    const middle = Math.ceil(days.length / 2);
    const first = await mergeOrSplit(dependencies, days.slice(0, middle));
    return [...first, ...(await mergeOrSplit(dependencies, days.slice(middle)))];
  }
}

/**
 * Merges until the commit succeeds, here or in another run. Iceberg refuses the later of two commits that touch the
 * same days. After any failure the marks decide whether the days are already as they should be.
 */
function mergeWithRetries(dependencies: RollupDependencies, days: readonly MarkedDay[]): Promise<void> {
  const { scope, execute, merging } = dependencies;
  return retried(
    () => execute(mergeDays(scope, days), merging),
    mayPass,
    async () => {
      const recorded = await readRecorded(dependencies);
      return days.every(({ day, source }) => isOf(recorded.get(day), source));
    },
  );
}

/**
 * Runs a statement, and again where the failure is one that may pass, unless it is done by then.
 *
 * @param passes whether a failure may pass
 * @throws the last error
 */
async function retried(
  run: () => Promise<void>,
  passes: (error: unknown) => boolean,
  isDone = async () => false,
): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return await run();
    } catch (error) {
      if (isTimeUp(error)) throw error;
      if (await isDone()) return;
      if (!passes(error) || failures === TRIES) throw error;
      await backOff(failures, NEVER);
    }
  }
}

/** Whether the same statement may succeed later. A file that cannot be read fails in the same way each time. */
function mayPass(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "engine_unavailable";
}

/**
 * Reads the marks. A table of the first release lacks a column, which is added where the query fails; if that was not
 * the cause, the query's own error is thrown.
 */
async function readRecordedOrMigrate(
  dependencies: RollupDependencies,
): Promise<ReadonlyMap<Day, RecordedDay>> {
  try {
    return await readRecorded(dependencies);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "internal_error") throw error;
    try {
      await dependencies.execute(addBrokenRecordsColumn(), dependencies.finishing);
    } catch {
      throw error;
    }
    return readRecorded(dependencies);
  }
}

async function readBrokenDirectoryRows({
  query,
  finishing,
}: RollupDependencies): Promise<BrokenDirectoryRows[]> {
  const counts = await Array.fromAsync(query(brokenDirectoryRows(), finishing));
  return counts.flat().filter(({ rows }) => rows > 0);
}

function brokenDays(recorded: ReadonlyMap<Day, RecordedDay>): BrokenDay[] {
  return [...recorded.values()]
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .flatMap(({ day, broken }) => Array.from(broken, ([kind, records]) => ({ day, kind, records })));
}

async function readRecorded({
  query,
  finishing,
}: RollupDependencies): Promise<ReadonlyMap<Day, RecordedDay>> {
  const recorded = new Map<Day, RecordedDay>();
  for await (const batch of query(recordedDays(), finishing)) {
    for (const each of batch) recorded.set(each.day, each);
  }
  return recorded;
}

function lengthOf(days: Period | undefined): number {
  return days === undefined ? 0 : daysIn(days);
}

function isTimeUp(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "engine_timeout";
}

function refuseFailures(failures: readonly Failure[], vanished: readonly Day[]): void {
  const [first] = failures;
  if (first !== undefined) {
    const byReason = Map.groupBy(failures, ({ error }) => reasonOf(error));
    const named = [...byReason].map(
      ([reason, those]) => `${those.map(({ day }) => day).join(", ")}: ${reason}`,
    );
    throw new RollupError(
      "days_failed",
      `The merge failed for ${failures.length} of the days. ${named.join(" ")} All other days are merged. Reports read these days and all later ones from their calls where they were not closed before. Replace the file where one is named; the next run tries again.`,
      { cause: first.error },
    );
  }
  if (vanished.length === 0) return;
  throw new RollupError(
    "files_missing",
    `${vanished.join(", ")}: the lake has no file any more of days that were rolled up; reports keep showing their figures. Restore the files. Where a day's calls are to be gone, run by hand with allow_empty_days.`,
  );
}

/** The engine's own words, without what may be data: they name the file that cannot be read. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  return redacted(innermost instanceof Error ? innermost.message : String(innermost));
}
