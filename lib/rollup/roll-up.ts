import { randomUUID } from "node:crypto";
import { backOff } from "../aws/retry.ts";
import { ServiceError } from "../errors.ts";
import { redacted } from "../log.ts";
import { type Day, dayRanges, daysIn, type Period } from "../period.ts";
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
  /** Days that may lose all their calls, because a person allowed it. */
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
  /** The deadline of merges. */
  readonly merging: RunOptions;
  /** The deadline of the whole run. */
  readonly finishing: RunOptions;
  /** Receives the number of merged days and of all days. */
  readonly progress: (merged: number, due: number) => void;
  /** Receives the progress, even if the run then fails. */
  readonly reached: (standing: Standing) => void;
}

/** The state of the rollup. */
export interface Standing {
  readonly days_due: number;
  readonly days_merged: number;
  readonly closed_from: Day | null;
  readonly closed_through: Day | null;
  /** Days that have ended, up to the lake's last, and are not rolled up. */
  readonly days_behind: number;
  /** Broken records, which are not counted, by day and kind, the oldest day first. */
  readonly broken_records: readonly BrokenDay[];
  /** Rows of the directory's tables that are left out, for tables that have some. */
  readonly broken_directory_rows: readonly BrokenDirectoryRows[];
}

/** The result of a successful run. */
export interface RollupOutcome extends Standing {
  /** `cut_off`: its time was up; the next run continues. */
  readonly outcome: "caught_up" | "cut_off";
}

/**
 * Attempts of a statement. If two statements create the table or change the same days at once, the engine refuses
 * one.
 */
const TRIES = 4;
const NEVER = new AbortController().signal;

/**
 * Rolls up every day whose files have changed, the oldest first, and then publishes which days are rolled up.
 *
 * All progress is in the table: each merge commits the days' figures together with their marks, and the state is
 * written from marks that were read back. So a run may end at any point, be repeated, or run beside another. A day is
 * in the table completely or not at all. If files have changed since the merge, the day is due again, because its
 * mark describes the listing before the merge.
 *
 * @throws RollupError `days_failed`, `files_missing`, after all other days are merged and the state is written
 * @throws ServiceError if the table or the lake cannot be read
 */
export async function rollUp(dependencies: RollupDependencies): Promise<RollupOutcome> {
  const { table, execute, finishing, list, scope, merging, progress } = dependencies;
  // If two runs create the table at once, the engine may refuse one with any error.
  await retried(
    () => execute(createTable(table), finishing),
    () => true,
  );
  const files = await filesByDay(list());
  const publication = { ...dependencies, run: randomUUID(), until: finishing.deadline };
  // Before the merges, because no answer is reused while its days change. Also if nothing is due: the table may have
  // been created again, with fewer days than the last state.
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
 * Merges the days together. If the engine refuses them permanently, each half is merged alone, and so on. So a day
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
 * same days. After any failure the marks show whether the days are already as they should be.
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
 * Runs a statement, and repeats it after a transient failure, unless its work is done by then.
 *
 * @param passes whether a failure may be transient
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
 * Reads the marks. A table of the first release lacks a column, which is added if the query fails. If that was not
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
      ([reason, those]) => `${dayRanges(those.map(({ day }) => day)).join(", ")}: ${reason}`,
    );
    throw new RollupError(
      "days_failed",
      `The merge failed for ${failures.length} of the days. ${named.join(" ")} All other days are merged. Reports read these days, and all later ones that were not rolled up before, from their calls. Replace the file if one is named. The next run tries again.`,
      { cause: first.error },
    );
  }
  if (vanished.length === 0) return;
  throw new RollupError(
    "files_missing",
    `${dayRanges(vanished).join(", ")}: the lake has no file of these days any more, although they were rolled up. Reports still show their figures. Restore the files. If a day's calls are to be removed, run by hand with allow_empty_days.`,
  );
}

/** The engine's own message, without possible customer data: it names the file that cannot be read. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  return redacted(innermost instanceof Error ? innermost.message : String(innermost));
}
