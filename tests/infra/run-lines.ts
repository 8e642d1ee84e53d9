import { readEvent } from "../../lib/billing/snapshot-event.ts";
import { type RunRecord, runLine } from "../../lib/billing/snapshot-record.ts";
import { internalError } from "../../lib/errors.ts";
import { RollupError } from "../../lib/rollup/rollup-error.ts";
import { type RollupRun, rollupLine } from "../../lib/rollup/rollup-record.ts";
import { day } from "../lib/valid.ts";

const endedAt = Date.parse("2026-05-04T06:01:00Z");

const request = readEvent({ scheduled_time: "2026-05-04T06:00:00Z" }, 3, endedAt);

const run: Omit<RunRecord, "result"> = {
  requestId: "id",
  functionName: "billing-snapshot",
  startedAt: endedAt - 60_000,
  endedAt,
  facts: { queryExecutionId: "q", executions: 1, bytesScanned: 1, rows: 1, queueMs: 1, runMs: 1, readMs: 1 },
  request,
  watched: { months: [], openMonths: 0, oldestOpenDays: 0, changedBeyondLookBack: [] },
};

/** The line of a scheduled run that closed its month. */
export function closedRunLine(): string {
  const { month: period, asOf: as_of } = request;
  const closed = { outcome: "closed" as const, period, revision: 1, as_of, manifest: "key" };
  return runLine({ ...run, result: { ...closed, statements: 1, adjustments: 0, bills: [] } });
}

/** The line of a run that failed as late as possible. */
export function failedRunLine(): string {
  return runLine({ ...run, result: internalError("reason") });
}

const rollup: Omit<RollupRun, "result"> = {
  requestId: "id",
  functionName: "usage-rollup",
  startedAt: endedAt - 60_000,
  endedAt,
  facts: { queryExecutionId: "q", executions: 3, bytesScanned: 1 },
  task: "roll up",
  standing: {
    days_due: 1,
    days_merged: 0,
    closed_from: day("2026-04-01"),
    closed_through: day("2026-05-02"),
    days_behind: 1,
    broken_records: [{ day: day("2026-04-10"), kind: "missing_call_id", records: 3 }],
    broken_directory_rows: [],
  },
};

/** The line of a rollup that caught up. */
export function caughtUpLine(): string {
  return rollupLine({ ...rollup, result: { outcome: "caught_up" } });
}

/** The line of a compaction that failed. */
export function failedCompactionLine(): string {
  return rollupLine({
    ...rollup,
    task: "compact",
    standing: undefined,
    result: new RollupError("compaction_failed", "reason"),
  });
}

/** The line of a run that failed after all other days were merged. */
export function failedRollupLine(): string {
  return rollupLine({ ...rollup, result: internalError("reason") });
}
