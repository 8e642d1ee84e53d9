import { RunError } from "../errors.ts";

/**
 * Why a rollup did not come to its end, by a stable code; `message` says what to do.
 *
 * - `invalid_event`: what the function was given is not what it takes.
 * - `days_failed`: the engine refused or failed the merge of days; the others are merged.
 * - `files_missing`: days that had calls have no file any more; they keep the figures that they had.
 * - `compaction_failed`: the engine failed a statement of the compaction.
 */
export type RollupProblem = "invalid_event" | "days_failed" | "files_missing" | "compaction_failed";

export class RollupError extends RunError<RollupProblem> {
  override readonly name = "RollupError";
}
