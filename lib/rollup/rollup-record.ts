import { embeddedMetrics, failureOf } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import type { Standing } from "./roll-up.ts";
import type { RollupRequest } from "./rollup-event.ts";

/** The metrics of every run. */
const METRICS = {
  RollupFailures: "Count",
  /** After a compaction alone. */
  CompactionFailures: "Count",
  /** Days that have ended and are not closed, after a run that rolled up. */
  DaysBehind: "None",
  DaysMerged: "Count",
  TotalTime: "Milliseconds",
  BytesScanned: "Bytes",
  Executions: "Count",
} as const;

/** A run as its one line of log tells it. */
export interface RollupRun {
  readonly requestId: string;
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of all its executions together, the last one's id. */
  readonly facts: Pick<ExecutionFacts, "queryExecutionId" | "executions" | "bytesScanned">;
  readonly task: RollupRequest["task"] | undefined;
  /** Undefined where the run did not get so far, or only compacted. */
  readonly standing: Standing | undefined;
  readonly result: { readonly outcome: string } | Error;
}

/** The line of a run that has ended; no id and no figure of a customer. */
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
    ...(failed ? failureOf(result) : result),
    query_execution_id: facts.queryExecutionId,
    ...embeddedMetrics(
      METRICS,
      {
        RollupFailures: Number(failed),
        CompactionFailures: task === "compact" ? Number(failed) : undefined,
        DaysBehind: standing?.days_behind,
        DaysMerged: standing?.days_merged,
        TotalTime: endedAt - startedAt,
        BytesScanned: facts.bytesScanned,
        Executions: facts.executions,
      },
      functionName,
      endedAt,
    ),
  });
}
