import { embeddedMetrics, failureOf } from "../log.ts";
import type { ExecutionFacts } from "../query.ts";
import type { Failure, RunOutcome, RunRequest } from "./run.ts";
import type { Watched } from "./watch.ts";

/** The metrics of every run. */
const METRICS = {
  SnapshotFailures: "Count",
  /** Months that are not closed although their grace is over. */
  OpenMonths: "None",
  /** Whole days since the end of the oldest of them; 0 if there is none. */
  OldestOpenDays: "None",
  /** Months older than the look-back whose files have changed. */
  ChangedBeyondLookBack: "None",
  /** Months that the run left for the next one. */
  PostponedMonths: "None",
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

/** The facts of a run for its log line. */
export interface RunRecord {
  readonly requestId: string;
  readonly functionName: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly facts: ExecutionFacts;
  /** Undefined if the event could not be read. */
  readonly request: RunRequest | undefined;
  /** Undefined for a manual run, and for one that ended before it knew. */
  readonly watched: Watched | undefined;
  readonly result: RunOutcome | Error;
}

/** Writes the line of a finished run; never a name or a figure of a customer. */
export function runLine({
  requestId,
  functionName,
  startedAt,
  endedAt,
  facts,
  request,
  watched,
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
    changed_beyond_look_back: watched?.changedBeyondLookBack,
    query_execution_id: facts.queryExecutionId,
    ...embeddedMetrics(
      METRICS,
      {
        SnapshotFailures: Number(failed),
        OpenMonths: watched?.openMonths,
        OldestOpenDays: watched?.oldestOpenDays,
        ChangedBeyondLookBack: watched?.changedBeyondLookBack.length,
        PostponedMonths: watched?.months.filter((each) => each.result === "postponed").length,
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

/** Writes the line of a failed month or billing, in a run that ends with another error. */
export function failureLine(requestId: string, { period, error }: Failure): string {
  return JSON.stringify({
    level: "error",
    message: period === undefined ? "billing failed" : "month failed",
    request_id: requestId,
    period,
    ...failureOf(error),
  });
}

function askedFor(request: RunRequest | undefined): object {
  if (request === undefined) return {};
  return request === "adjustments" ? { bill: request } : { period: request.month, as_of: request.asOf };
}
