import { ServiceError } from "../errors.ts";
import type { Executor, RunOptions, Statement } from "../query.ts";
import { RollupError } from "./rollup-error.ts";

/**
 * The statements of a compaction: they merge many small files into few, and remove files that no reader needs.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html
 */
export const OPTIMIZE: Statement = { text: "OPTIMIZE usage_daily REWRITE DATA USING BIN_PACK" };
export const VACUUM: Statement = { text: "VACUUM usage_daily" };

/** How often each statement was executed. */
export interface CompactionOutcome {
  /** `cut_off`: time ran out after at least one run that made progress; the next compaction continues. */
  readonly outcome: "compacted" | "cut_off";
  readonly optimize_runs: number;
  readonly vacuum_runs: number;
}

export interface CompactionDependencies {
  readonly execute: Executor;
  /** The deadline of OPTIMIZE. VACUUM gets the time after it. */
  readonly optimizing: RunOptions;
  readonly finishing: RunOptions;
}

/** The result of one statement. */
interface Result {
  readonly runs: number;
  readonly isCutOff: boolean;
  readonly error: unknown;
}

/**
 * Compacts the table.
 *
 * One OPTIMIZE rewrites at most 100 partitions, one VACUUM removes at most 20,000 files. If more remain, Athena ends
 * the statement with `ICEBERG_…_MORE_RUNS_NEEDED`. Each of the two is repeated until nothing remains or time runs
 * out. VACUUM runs even if OPTIMIZE failed.
 *
 * @throws RollupError `compaction_failed` if either statement failed, after both were tried
 */
export async function compact(dependencies: CompactionDependencies): Promise<CompactionOutcome> {
  const { execute, optimizing, finishing } = dependencies;
  const optimize = await repeat(execute, OPTIMIZE, optimizing);
  const vacuum = await repeat(execute, VACUUM, finishing);
  const failed = Object.entries({ OPTIMIZE: optimize, VACUUM: vacuum }).filter(([, { error }]) => error);
  const [first] = failed;
  if (first !== undefined) {
    throw new RollupError(
      "compaction_failed",
      `${failed.map(([name]) => name).join(" and ")} failed. Reports are right, but become slower. The next compaction tries again. If it fails too, look at the query in Athena.`,
      { cause: first[1].error },
    );
  }
  return {
    outcome: optimize.isCutOff || vacuum.isCutOff ? "cut_off" : "compacted",
    optimize_runs: optimize.runs,
    vacuum_runs: vacuum.runs,
  };
}

/** Repeats a statement as long as it fails because more runs are needed. */
async function repeat(execute: Executor, statement: Statement, options: RunOptions): Promise<Result> {
  for (let runs = 0; ; runs++) {
    try {
      await execute(statement, options);
      return { runs: runs + 1, isCutOff: false, error: undefined };
    } catch (error) {
      if (needsMoreRuns(error)) continue;
      // A run that was stopped made no progress, and neither would the next compaction.
      const isCutOff = runs > 0 && error instanceof ServiceError && error.code === "engine_timeout";
      return { runs, isCutOff, error: isCutOff ? undefined : error };
    }
  }
}

/** Whether Athena ended a statement after its share of the work. Only the message shows it. */
function needsMoreRuns(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (/ICEBERG_(OPTIMIZE|VACUUM)_MORE_RUNS_NEEDED/.test(at.message)) return true;
  return false;
}
