import { embeddedMetrics, failureOf } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import type { Standing } from "./roll-up.ts";
import type { RollupRequest } from "./rollup-event.ts";

/** The metrics of every run. */
const METRICS = {
  RollupFailures: "Count",
  /** Only after a compaction. */
  CompactionFailures: "Count",
  /** Days that have ended and are not rolled up, after a run that rolled up. */
  DaysBehind: "None",
  DaysMerged: "Count",
  /** Broken records on days since the first of the previous month, and broken rows of the directory. */
  BrokenRecords: "None",
  TotalTime: "Milliseconds",
  BytesScanned: "Bytes",
  Executions: "Count",
} as const;

/** The facts of a run for its log line. */
export interface RollupRun {
  readonly requestId: string;
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The sum of all its executions, with the last one's id. */
  readonly facts: Pick<ExecutionFacts, "queryExecutionId" | "executions" | "bytesScanned">;
  readonly task: RollupRequest["task"] | undefined;
  /** Undefined if the run did not get so far, or only compacted. */
  readonly standing: Standing | undefined;
  readonly result: { readonly outcome: string } | Error;
}

/** The most days and kinds of broken records in a line, the newest first. */
const NAMED_BROKEN_DAYS = 100;

/** Writes the line of a finished run; no id and no figure of a customer. */
export function rollupLine({
  requestId,
  functionName,
  startedAt,
  endedAt,
  facts,
  task,
  standing,
  result,
}: RollupRun): string {
  const failed = result instanceof Error;
  return JSON.stringify({
    level: failed ? "error" : "info",
    message: "rollup",
    time: new Date(endedAt).toISOString(),
    request_id: requestId,
    ...standing,
    broken_records: standing?.broken_records.toReversed().slice(0, NAMED_BROKEN_DAYS),
    ...(failed ? failureOf(result) : result),
    query_execution_id: facts.queryExecutionId,
    ...embeddedMetrics(
      METRICS,
      {
        RollupFailures: Number(failed),
        CompactionFailures: task === "compact" ? Number(failed) : undefined,
        DaysBehind: standing?.days_behind,
        DaysMerged: standing?.days_merged,
        BrokenRecords: standing && brokenRecords(standing, endedAt),
        TotalTime: endedAt - startedAt,
        BytesScanned: facts.bytesScanned,
        Executions: facts.executions,
      },
      functionName,
      endedAt,
    ),
  });
}

/**
 * Counts the broken records that a person should look at now. Records of earlier months are ignored: their months are
 * closed, and the manifests keep the counts.
 */
function brokenRecords({ broken_records, broken_directory_rows }: Standing, now: number): number {
  const today = new Date(now);
  const since = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1))
    .toISOString()
    .slice(0, 10);
  const recent = broken_records.filter(({ day }) => day >= since);
  return (
    recent.reduce((sum, { records }) => sum + records, 0) +
    broken_directory_rows.reduce((sum, { rows }) => sum + rows, 0)
  );
}
