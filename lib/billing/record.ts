import { embeddedMetrics, failureOf } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import type { Outcome } from "./close-month.ts";
import type { SnapshotRequest } from "./event.ts";
import { daysSince } from "./month.ts";

/** The metrics of every run. */
const METRICS = {
  SnapshotFailures: "Count",
  /** Whole days since the month's end while it is not closed; 0 once it is, and within its grace. */
  OpenDays: "None",
  Statements: "Count",
  Adjustments: "Count",
  TotalTime: "Milliseconds",
  QueueTime: "Milliseconds",
  RunTime: "Milliseconds",
  BytesScanned: "Bytes",
  Rows: "Count",
  Executions: "Count",
} as const;

/** A run as its one line of log tells it. */
export interface RunRecord {
  readonly requestId: string;
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly facts: ExecutionFacts;
  /** Undefined where the event could not be read. */
  readonly request: SnapshotRequest | undefined;
  /** Whether the month had a revision before the run. */
  readonly wasClosed: boolean;
  readonly result: Outcome | Error;
}

/** The line of a run that has ended; never a name or a figure of a customer. */
export function runLine({
  requestId,
  functionName,
  startedAt,
  endedAt,
  facts,
  request,
  wasClosed,
  result,
}: RunRecord): string {
  const failed = result instanceof Error;
  return JSON.stringify({
    level: failed ? "error" : "info",
    message: "snapshot",
    time: new Date(endedAt).toISOString(),
    request_id: requestId,
    period: request?.month,
    as_of: request?.asOf,
    ...(failed ? failureOf(result) : result),
    query_execution_id: facts.queryExecutionId,
    ...embeddedMetrics(
      METRICS,
      {
        SnapshotFailures: Number(failed),
        OpenDays: openDays(request, wasClosed, result),
        Statements: "statements" in result ? result.statements : undefined,
        Adjustments: "adjustments" in result ? result.adjustments : undefined,
        TotalTime: endedAt - startedAt,
        QueueTime: facts.queueMs,
        RunTime: facts.runMs,
        BytesScanned: facts.bytesScanned,
        Rows: facts.rows,
        Executions: facts.executions,
      },
      functionName,
      endedAt,
    ),
  });
}

/** Of the schedule's own runs: one by hand may speak of any month. */
function openDays(
  request: SnapshotRequest | undefined,
  wasClosed: boolean,
  result: Outcome | Error,
): number | undefined {
  if (request?.isScheduled !== true) return undefined;
  return result instanceof Error && !wasClosed ? Math.max(0, daysSince(request.month, request.asOf)) : 0;
}
