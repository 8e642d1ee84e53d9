import { setTimeout as sleep } from "node:timers/promises";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { SdkError } from "@smithy/types";

const BASE_MS = 100;
const CAP_MS = 2_000;

/** Whether Athena refused the call because of its rate. */
export function isThrottled(error: unknown): boolean {
  return isError(error) && isThrottlingError(error);
}

/** Whether the same call may succeed a moment later: throttled, a fault of the service, a lost connection. */
export function isPassing(error: unknown): boolean {
  return isError(error) && (isThrottlingError(error) || isTransientError(error) || isServerError(error));
}

/** The SDK's classification takes any error: the fields it looks for are optional. */
function isError(error: unknown): error is SdkError {
  return error instanceof Error;
}

/** Whether the role's credentials have expired: a new try has the same, a new instance of the function has others. */
export function isExpired(error: unknown): boolean {
  return isError(error) && ["ExpiredTokenException", "ExpiredToken"].includes(error.name);
}

/**
 * Waits before the next try: exponential backoff with full jitter.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures how many tries have failed in a row, from 1
 */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** failures), undefined, { signal });
}

/**
 * Calls until it succeeds, fails in a way that does not pass, or has failed `tries` times.
 *
 * @param passes whether a failure is one that may pass
 * @throws the last error, or the signal's reason
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  tries: number,
  signal: AbortSignal,
  passes = isPassing,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || failures === tries || !passes(error)) throw error;
      await backOff(failures, signal);
    }
  }
}
