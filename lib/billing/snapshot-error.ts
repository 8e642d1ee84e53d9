import { RunError } from "../errors.ts";

/**
 * Why a run made no snapshot, by a stable code; `message` says what to do.
 *
 * - `invalid_event`: the event is not valid.
 * - `month_incomplete`: days of the month have no record: data has not arrived.
 * - `month_unsound`: records of the month break the contract of the lake.
 * - `month_shrunk`: days have fewer calls than in the previous revision: data may be missing at this moment.
 * - `snapshot_conflict`: another run wrote the same revision with other content.
 * - `snapshot_damaged`: objects in the bucket do not match their manifest.
 */
export type SnapshotProblem =
  | "invalid_event"
  | "month_incomplete"
  | "month_unsound"
  | "month_shrunk"
  | "snapshot_conflict"
  | "snapshot_damaged";

export class SnapshotError extends RunError<SnapshotProblem> {
  override readonly name = "SnapshotError";
}

/** Whether stored data is damaged. */
export function isDamaged(error: unknown): boolean {
  return error instanceof SnapshotError && error.code === "snapshot_damaged";
}

/** Returns the result, or `"damaged"` if stored data is damaged. @throws every other error */
export async function readable<Result>(read: () => Promise<Result>): Promise<Result | "damaged"> {
  try {
    return await read();
  } catch (error) {
    if (isDamaged(error)) return "damaged";
    throw error;
  }
}
