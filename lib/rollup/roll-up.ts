import type { AllResellers } from "../billing/all-resellers.ts";
import { ServiceError } from "../errors.ts";
import { type Day, daysIn, type Period } from "../period.ts";
import type { Executor, Querier, RunOptions } from "../query.ts";
import { backOff } from "../retry.ts";
import { type ClosedDays, closedDays, isOf, type RecordedDay, stateText } from "./closed-days.ts";
import { dueDays } from "./due-days.ts";
import { RollupError } from "./errors.ts";
import { filesByDay, type LakeObject } from "./listing.ts";
import { clearDay, createTable, type MarkedDay, mergeDays, recordedDays } from "./statements.ts";

/** The state object, which readers go by. */
export interface StateStore {
  /** Undefined where there is none. */
  readonly read: () => Promise<string | undefined>;
  readonly write: (text: string) => Promise<void>;
}

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
  const { lake, table, execute, finishing, list, scope, merging, progress } = dependencies;
  await retried(() => execute(createTable(table), finishing));
  const files = await filesByDay(list());
  const recorded = await readRecorded(dependencies);
  const { extent, merges, doubled, vanished } = dueDays({ ...dependencies, files, recorded });
  // Also where the table has less than the last state says: it was made anew, or stands there twice.
  await publish(dependencies, closedDays(lake, extent?.start, recorded));

  const days_due = merges.flat().length;
  let days_merged = 0;
  const failures: Failure[] = [];
  let isCutOff = false;
  for (const merge of merges) {
    try {
      for (const { day } of merge.filter((each) => doubled.includes(each.day)))
        await retried(() => execute(clearDay(scope, day), merging));
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

  const closed = closedDays(lake, extent?.start, await readRecorded(dependencies));
  await publish(dependencies, closed);
  const standing = {
    days_due,
    days_merged,
    closed_from: closed?.start ?? null,
    closed_through: closed?.end ?? null,
    days_behind: Math.max(0, lengthOf(extent) - lengthOf(closed)),
  };
  dependencies.reached(standing);
  refuseFailures(failures, vanished);
  return { outcome: isCutOff ? "cut_off" : "caught_up", ...standing };
}

interface Failure {
  readonly day: Day;
  readonly error: unknown;
}

/** One merge; where it fails, each of its days alone, so that a bad day does not hold the others. */
async function mergeOrSplit(
  dependencies: RollupDependencies,
  days: readonly MarkedDay[],
): Promise<readonly Failure[]> {
  try {
    await mergeWithRetries(dependencies, days);
    return [];
  } catch (error) {
    if (isTimeUp(error)) throw error;
    const [only, ...more] = days;
    if (only !== undefined && more.length === 0) return [{ day: only.day, error }];
    const failures: Failure[] = [];
    for (const day of days) failures.push(...(await mergeOrSplit(dependencies, [day])));
    return failures;
  }
}

/**
 * Merges until it is committed, here or by another run. Iceberg refuses the later of two commits that touch the same
 * days; what an error says does not matter: the marks tell whether the days stand there as they should.
 */
function mergeWithRetries(dependencies: RollupDependencies, days: readonly MarkedDay[]): Promise<void> {
  const { scope, execute, merging } = dependencies;
  return retried(
    () => execute(mergeDays(scope, days), merging),
    async () => {
      const recorded = await readRecorded(dependencies);
      return days.every(({ day, source }) => isOf(recorded.get(day), source));
    },
  );
}

/** Tries a statement again that another run may have been in the way of, unless it is done by then. */
async function retried(run: () => Promise<void>, isDone = async () => false): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return await run();
    } catch (error) {
      if (isTimeUp(error) || failures === TRIES) throw error;
      if (await isDone()) return;
      await backOff(failures, NEVER);
    }
  }
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

/** Unconditional: what any run has read back from the table is true, and stays so when another run closes more. */
async function publish({ lake, state }: RollupDependencies, closed: ClosedDays | undefined): Promise<void> {
  const text = stateText(lake, closed);
  if ((await state.read()) !== text) await state.write(text);
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
    throw new RollupError(
      "days_failed",
      `${failures.map(({ day }) => day).join(", ")}: the merge failed; reports read these days and all later ones from their calls where they were not closed before. The next run tries again.`,
      { cause: first.error },
    );
  }
  if (vanished.length === 0) return;
  throw new RollupError(
    "files_missing",
    `${vanished.join(", ")}: the lake has no file any more of days that were rolled up; reports keep showing their figures. Restore the files. Where a day's calls are to be gone, run by hand with allow_empty_days.`,
  );
}
