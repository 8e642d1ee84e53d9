import { isExpired, isPassing } from "../aws/retry.ts";
import { startDeadline } from "../deadline.ts";
import { internalError, ServiceError } from "../errors.ts";
import type { ExecutionFacts, Executor, Querier, Query, RunOptions } from "../query.ts";
import type { OpenObject } from "../s3/read-object.ts";
import type { AthenaCalls, QueryExecution, QueryExecutionStatus, StartInput } from "./calls.ts";
import {
  type PollPacing,
  scanCutoff,
  startExecution,
  stopExecution,
  stopStarted,
  waitUntilFinished,
} from "./execution.ts";
import { type QueryPlace, startInput } from "./input.ts";
import { type FinishedExecution, openResult } from "./result.ts";
import { clientRequestToken, freshnessWindow, secondsLeft } from "./token.ts";

/** Where and how queries run. */
export interface AthenaSettings extends QueryPlace {
  /** Identical queries started within this many seconds share one execution. 0: never; infinity: always. */
  readonly freshnessSeconds: number;
  /** Whether a throttled start is retried until the deadline, instead of a few times. */
  readonly waitsOutThrottling: boolean;
}

interface Athena {
  readonly client: AthenaCalls;
  readonly openObject: OpenObject;
  readonly settings: AthenaSettings;
  readonly pacing: PollPacing;
}

/** What Athena is asked to execute. */
type Asked = Pick<Query<unknown>, "text" | "parameters"> & Pick<RunOptions, "sharedWith">;

/** How a query is asked for, beside its deadline. */
type Asking = Pick<RunOptions, "observe" | "admit">;

/** The least that Athena charges for an execution: 10 MB. https://aws.amazon.com/athena/pricing/ */
const LEAST_CHARGED_BYTES = 10_000_000;

/** The first execution, and one more if the first failed in a way that may be transient. */
const EXECUTIONS = 2;

/** The most executions that failed before the run, and that it ignores. */
const EARLIER_EXECUTIONS = 20;

/** How long callers should wait after the engine refused a request. */
const RETRY_AFTER_SECONDS = 5;

/** Queries Athena: starts an execution, polls it, and reads its result, all within one deadline. */
export function athenaQuerier(
  client: AthenaCalls,
  openObject: OpenObject,
  settings: AthenaSettings,
): Querier {
  const athena = { client, openObject, settings, pacing: { throttledAt: Number.NEGATIVE_INFINITY } };
  return (query, options) => run(athena, query, options);
}

/** Runs statements without a result to read. Each call is an execution of its own, whatever ran before. */
export function athenaExecutor(
  client: AthenaCalls,
  settings: Omit<AthenaSettings, "freshnessSeconds">,
): Executor {
  const pacing = { throttledAt: Number.NEGATIVE_INFINITY };
  // Without a window each start has its own token. The same MERGE over other files must not join the earlier
  // execution.
  const athena = { client, settings: { ...settings, freshnessSeconds: 0 }, pacing };
  return async ({ text }, { deadline: at, ...asking }) => {
    using deadline = startDeadline(at, Date.now());
    try {
      await execute(athena, { text, parameters: [] }, deadline.signal, asking);
    } catch (error) {
      throw toServiceError(error, deadline.signal);
    }
  };
}

async function* run<Row>(athena: Athena, query: Query<Row>, options: RunOptions): AsyncGenerator<Row[]> {
  using deadline = startDeadline(options.deadline, Date.now());
  try {
    const asked = { ...query, sharedWith: options.sharedWith };
    const { result, finishedAt } = await executeAndOpen(athena, asked, deadline.signal, options);
    let hasHeader = false;
    let rows = 0;
    for await (const lines of result) {
      const [header] = lines;
      if (!hasHeader && header !== undefined) {
        requireColumns(header, query);
        lines.shift();
        hasHeader = true;
      }
      rows += lines.length;
      yield lines.map(query.parseRow);
    }
    if (!hasHeader) throw new TypeError("the result has no header");
    options.observe({ rows, readMs: Math.round(performance.now() - finishedAt) });
  } catch (error) {
    throw toServiceError(error, deadline.signal);
  }
}

/**
 * Runs the query and opens its result. A missing result means that the token named an earlier execution. The query
 * then runs once more, with a token that no other request has.
 */
async function executeAndOpen(athena: Athena, query: Asked, signal: AbortSignal, { observe, admit }: Asking) {
  const { client, openObject, settings } = athena;
  let started = 0;
  const count = (facts: ExecutionFacts) => {
    started = facts.executions ?? started;
    observe(facts);
  };
  const execution = await execute(athena, query, signal, { observe: count, admit });
  const finishedAt = performance.now();
  const result = await openResult(client, openObject, execution, signal);
  if (result !== undefined) return { result, finishedAt };

  const afresh = { ...athena, settings: { ...settings, freshnessSeconds: 0 } };
  const second = await execute(afresh, query, signal, {
    observe: ({ executions, ...facts }) =>
      observe({ ...facts, ...(executions === undefined ? {} : { executions: started + executions }) }),
  });
  const secondFinishedAt = performance.now();
  const secondResult = await openResult(client, openObject, second, signal);
  if (secondResult === undefined)
    throw internalError("the result is missing although the execution has just succeeded");
  return { result: secondResult, finishedAt: secondFinishedAt };
}

function requireColumns(header: readonly (string | null)[], { columns }: Query<unknown>): void {
  const isSame = header.length === columns.length && header.every((cell, index) => cell === columns[index]);
  if (!isSame) throw new TypeError("the result has columns that differ from those of the query");
}

/**
 * Runs the query until an execution has SUCCEEDED, at most twice.
 *
 * If identical queries share executions for ever, a run gets those of earlier runs, also the failed ones. What failed
 * before this run says nothing about now, because its cause may have been removed. So it does not count.
 */
async function execute(
  { client, settings, pacing }: Omit<Athena, "openObject">,
  query: Asked,
  signal: AbortSignal,
  { observe, admit }: Asking,
): Promise<FinishedExecution> {
  const input = startInput(query, settings);
  const window = freshnessWindow(Date.now(), settings.freshnessSeconds);
  const beganAt = Date.now();
  const isKept = settings.freshnessSeconds === Number.POSITIVE_INFINITY;
  let failed = 0;
  for (let attempt = 0; ; attempt++) {
    const ClientRequestToken = clientRequestToken(input, window, attempt, query.sharedWith);
    if (attempt === 0) await admit?.(ClientRequestToken);
    const id = await startOrStop(
      client,
      { ...input, ClientRequestToken },
      signal,
      settings.waitsOutThrottling,
    );
    observe({ queryExecutionId: id, executions: attempt + 1 });
    const execution = await waitOrStop(client, id, pacing, signal, observe);
    observe(factsOf(execution));
    // A statement without a result to read may succeed without a location.
    if (execution.Status?.State === "SUCCEEDED")
      return { id, outputLocation: execution.ResultConfiguration?.OutputLocation };
    if (isKept && attempt < EARLIER_EXECUTIONS && endedBefore(execution, beganAt)) continue;
    await refuseUnlessRetryable(client, settings.workgroup, execution, signal);
    failed += 1;
    // Until the window ends, the same request would join the same executions again.
    const seconds = secondsLeft(Date.now(), settings.freshnessSeconds) || RETRY_AFTER_SECONDS;
    if (failed === EXECUTIONS) throw unavailable(new Error(failureOf(execution)), seconds);
  }
}

/** Starts the execution. If time runs out before Athena has returned its id, asks for the id again and stops it. */
async function startOrStop(
  client: AthenaCalls,
  input: StartInput,
  signal: AbortSignal,
  waitsOutThrottling: boolean,
): Promise<string> {
  try {
    return await startExecution(client, input, signal, waitsOutThrottling);
  } catch (error) {
    if (signal.aborted) await stopStarted(client, input);
    throw error;
  }
}

/** Waits for the end. Stops an execution that this request gives up on. */
async function waitOrStop(
  client: AthenaCalls,
  id: string,
  pacing: PollPacing,
  signal: AbortSignal,
  observe: Asking["observe"],
): Promise<QueryExecution> {
  let scanned = 0;
  const seen = ({ Statistics }: QueryExecution) => {
    scanned = Statistics?.DataScannedInBytes ?? scanned;
  };
  try {
    return await waitUntilFinished(client, id, pacing, signal, seen);
  } catch (error) {
    await stopExecution(client, id);
    throw error;
  } finally {
    observe({ chargedBytes: Math.max(scanned, LEAST_CHARGED_BYTES) });
  }
}

/**
 * Returns if another execution may succeed: FAILED and retryable, FAILED because another statement committed to the
 * same Iceberg table first, or CANCELLED by another caller.
 *
 * @throws ServiceError `range_too_large` if the scan cutoff ended it (the scanned bytes show that), else
 * `internal_error`
 */
async function refuseUnlessRetryable(
  client: AthenaCalls,
  workgroup: string,
  { Status, Statistics }: QueryExecution,
  signal: AbortSignal,
): Promise<void> {
  if (Status?.State === "FAILED" && (Status.AthenaError?.Retryable === true || isCommitConflict(Status)))
    return;
  if (Status?.State !== "CANCELLED") throw internalError(failureOf({ Status }));
  const cutoff = await scanCutoff(client, workgroup, signal);
  if (cutoff === undefined || (Statistics?.DataScannedInBytes ?? 0) < cutoff) return;
  const message = "The range holds more data than one report may read. Ask for fewer days in each request.";
  throw new ServiceError("range_too_large", message, {
    errors: [{ parameter: "end_date", code: "range_too_large", message }],
  });
}

/**
 * Athena puts the engine's error name before its message. This one means that another statement changed the same
 * files first, and that a retry is the answer. No other text decides anything.
 * https://repost.aws/knowledge-center/athena-iceberg-table-error
 */
function isCommitConflict(status: QueryExecutionStatus): boolean {
  return reasonOf(status).startsWith("ICEBERG_COMMIT_ERROR");
}

/** @param at milliseconds since 1970 */
function endedBefore({ Status }: QueryExecution, at: number): boolean {
  const endedAt = Status?.CompletionDateTime?.getTime();
  return endedAt !== undefined && endedAt < at;
}

function factsOf({ Statistics }: QueryExecution): ExecutionFacts {
  return {
    bytesScanned: Statistics?.DataScannedInBytes ?? 0,
    queueMs: Statistics?.QueryQueueTimeInMillis ?? 0,
    runMs: Statistics?.EngineExecutionTimeInMillis ?? 0,
  };
}

/** Athena's own message, for the log. */
function failureOf({ Status }: Pick<QueryExecution, "Status">): string {
  return `execution ${Status?.State ?? "without a state"}: ${reasonOf(Status)}`;
}

function reasonOf(status: QueryExecutionStatus | undefined): string {
  return status?.AthenaError?.ErrorMessage ?? status?.StateChangeReason ?? "no reason given";
}

function unavailable(cause: unknown, seconds = RETRY_AFTER_SECONDS): ServiceError {
  const detail = `The report engine cannot take the request now. Try again in ${seconds} seconds.`;
  return new ServiceError("engine_unavailable", detail, {
    headers: { "retry-after": String(seconds) },
    cause,
  });
}

function toServiceError(error: unknown, signal: AbortSignal): ServiceError {
  if (error instanceof ServiceError) return error;
  if (signal.aborted) {
    const detail = "The report was not ready in time. Narrow the range or split it by organization.";
    return new ServiceError("engine_timeout", detail, { cause: error });
  }
  if (isPassing(error) || isExpired(error)) return unavailable(error);
  return internalError("the query could not be run or read", error);
}
