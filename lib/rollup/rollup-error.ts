import { RunError } from "../errors.ts";

/**
 * Why a rollup failed, by a stable code; `message` says what to do.
 *
 * - `invalid_event`: the event is not valid.
 * - `days_failed`: the engine refused or failed the merge of days; the others are merged.
 * - `files_missing`: days that had calls have no file any more; they keep their figures.
 * - `compaction_failed`: the engine failed a statement of the compaction.
 */
export type RollupProblem = "invalid_event" | "days_failed" | "files_missing" | "compaction_failed";

export class RollupError extends RunError<RollupProblem> {
  override readonly name = "RollupError";
}
