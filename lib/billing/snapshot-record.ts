import { embeddedMetrics, failureOf } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import { daysSince } from "./month.ts";
import type { RunOutcome, RunRequest } from "./run.ts";

/** The metrics of every run. */
const METRICS = {
  SnapshotFailures: "Count",
  /** Whole days since the month's end while it is not closed; 0 once it is, and within its grace. */
  OpenDays: "None",
  Statements: "Count",
  Adjustments: "Count",
  /** Bills that the run wrote. */
  Bills: "Count",
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
  readonly request: RunRequest | undefined;
  /** Whether the month had a revision before the run. */
  readonly wasClosed: boolean;
  readonly result: RunOutcome | Error;
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
    ...askedFor(request),
    ...(failed ? failureOf(result) : result),
    query_execution_id: facts.queryExecutionId,
    ...embeddedMetrics(
      METRICS,
      {
        SnapshotFailures: Number(failed),
        OpenDays: openDays(request, wasClosed, result),
        Statements: "statements" in result ? result.statements : undefined,
        Bills: "bills" in result ? result.bills.length : undefined,
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

/** The line of a billing that failed in a run that ends with another error. */
export function billingFailureLine(requestId: string, error: Error): string {
  return JSON.stringify({
    level: "error",
    message: "billing failed",
    request_id: requestId,
    ...failureOf(error),
  });
}

function askedFor(request: RunRequest | undefined): object {
  if (request === undefined) return {};
  return request === "adjustments" ? { bill: request } : { period: request.month, as_of: request.asOf };
}

/** Of the schedule's own runs: one by hand may speak of any month. */
function openDays(
  request: RunRequest | undefined,
  wasClosed: boolean,
  result: RunOutcome | Error,
): number | undefined {
  if (request === undefined || request === "adjustments" || !request.isScheduled) return undefined;
  return result instanceof Error && !wasClosed ? Math.max(0, daysSince(request.month, request.asOf)) : 0;
}
