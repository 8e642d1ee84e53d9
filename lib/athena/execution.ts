import { setTimeout as sleep } from "node:timers/promises";
import { backOff, isPassing, isThrottled, withRetries } from "../aws/retry.ts";
import type { AthenaCalls, QueryExecution, StartInput } from "./calls.ts";

/** Attempts of one call: about 5 s with the pauses. After them the engine counts as unavailable. */
export const TRIES = 8;

const FIRST_POLL_MS = 500;
const POLL_MS = 100;
const THROTTLED_POLL_MS = 400;
const WIDEN_AFTER_MS = 4_000;
const THROTTLED_FOR_MS = 60_000;
const STOP_TIMEOUT_MS = 1_000;

/**
 * Starts the execution, or joins the one that its token names.
 *
 * @param waitsOutThrottling whether to retry until the signal aborts while Athena throttles the start
 * @throws the last attempt's error
 */
export async function startExecution(
  athena: AthenaCalls,
  input: StartInput,
  signal: AbortSignal,
  waitsOutThrottling = false,
): Promise<string> {
  const send = () => athena.start(input, signal);
  const { QueryExecutionId } = await (waitsOutThrottling
    ? waitOutThrottling(send, signal)
    : withRetries(send, TRIES, signal));
  if (QueryExecutionId === undefined) throw new TypeError("StartQueryExecution returned no QueryExecutionId");
  return QueryExecutionId;
}

/**
 * Retries a throttled call until the signal aborts. Any other failure that may pass counts as one of the tries.
 *
 * @throws the last error; if time ran out, the last throttling error, so that the log says what the time went into
 */
async function waitOutThrottling<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let throttling: unknown;
  let otherFailures = 0;
  const passes = (error: unknown) => {
    if (isThrottled(error)) {
      throttling = error;
      return true;
    }
    otherFailures += 1;
    return isPassing(error) && otherFailures < TRIES;
  };
  try {
    return await withRetries(call, Number.POSITIVE_INFINITY, signal, passes);
  } catch (error) {
    throw signal.aborted ? (throttling ?? error) : error;
  }
}

/** When Athena last throttled a status call. All requests of a process share it. */
export interface PollPacing {
  throttledAt: number;
}

/**
 * Polls until the execution is SUCCEEDED, FAILED or CANCELLED (it may fall from RUNNING back to QUEUED).
 *
 * The first poll is after 500 ms, then one every 100 ms. After 4 s the interval grows, to at most a fortieth of the
 * time waited. A throttled status call backs off, and for the next minute polls are 400 ms apart, because an account
 * has 100 status calls a second.
 * https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
 *
 * @param seen receives the execution of each poll, also of one that this wait then gives up
 * @throws the signal's reason, or the call's error if it is not transient
 */
export async function waitUntilFinished(
  athena: AthenaCalls,
  id: string,
  pacing: PollPacing,
  signal: AbortSignal,
  seen: (execution: QueryExecution) => void = () => undefined,
): Promise<QueryExecution> {
  const startedAt = Date.now();
  await sleep(FIRST_POLL_MS, undefined, { signal });
  for (let failures = 0; ; ) {
    try {
      const { QueryExecution } = await athena.get(id, signal);
      if (QueryExecution !== undefined) seen(QueryExecution);
      if (QueryExecution !== undefined && isFinished(QueryExecution)) return QueryExecution;
      failures = 0;
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      if (isThrottled(error)) pacing.throttledAt = Date.now();
      failures += 1;
      await backOff(failures, signal);
    }
    await sleep(pollInterval(Date.now(), startedAt, pacing), undefined, { signal });
  }
}

/** Milliseconds from one poll to the next. */
export function pollInterval(now: number, startedAt: number, { throttledAt }: PollPacing): number {
  const usual = now - throttledAt < THROTTLED_FOR_MS ? THROTTLED_POLL_MS : POLL_MS;
  return Math.max(usual, (POLL_MS / WIDEN_AFTER_MS) * (now - startedAt));
}

/**
 * Stops the execution of a start whose answer never arrived. Repeating the start with the same token returns that
 * execution, or creates one that is stopped at once. Never throws.
 */
export async function stopStarted(athena: AthenaCalls, input: StartInput): Promise<void> {
  const signal = AbortSignal.timeout(STOP_TIMEOUT_MS);
  const started = await athena.start(input, signal).catch(() => undefined);
  if (started?.QueryExecutionId !== undefined) await stopExecution(athena, started.QueryExecutionId, signal);
}

/**
 * Stops the execution, so that Athena does not scan data for an answer that nobody waits for. Sends one call and
 * never throws.
 */
export async function stopExecution(
  athena: AthenaCalls,
  id: string,
  signal = AbortSignal.timeout(STOP_TIMEOUT_MS),
): Promise<void> {
  await athena.stop(id, signal).catch(() => undefined);
}

/** Returns the workgroup's limit of scanned bytes for each query; undefined if it has none. */
export async function scanCutoff(
  athena: AthenaCalls,
  workgroup: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { WorkGroup } = await withRetries(() => athena.workgroup(workgroup, signal), TRIES, signal);
  return WorkGroup?.Configuration?.BytesScannedCutoffPerQuery;
}

function isFinished({ Status }: QueryExecution): boolean {
  return Status?.State === "SUCCEEDED" || Status?.State === "FAILED" || Status?.State === "CANCELLED";
}
