import { setTimeout as sleep } from "node:timers/promises";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { SdkError } from "@smithy/types";

const BASE_MS = 100;
const CAP_MS = 2_000;

/** Whether AWS throttled the call. */
export function isThrottled(error: unknown): boolean {
  return isError(error) && isThrottlingError(error);
}

/** Whether the same call may succeed a moment later: throttled, a fault of the service, or a lost connection. */
export function isPassing(error: unknown): boolean {
  return isError(error) && (isThrottlingError(error) || isTransientError(error) || isServerError(error));
}

/** The SDK's classification accepts any error: the fields that it looks for are optional. */
function isError(error: unknown): error is SdkError {
  return error instanceof Error;
}

/**
 * Whether the role's credentials have expired. A retry has the same credentials; a new instance of the function has
 * new ones.
 */
export function isExpired(error: unknown): boolean {
  return isError(error) && ["ExpiredTokenException", "ExpiredToken"].includes(error.name);
}

/**
 * Waits before the next attempt: exponential backoff with full jitter.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures number of attempts that have failed in a row, from 1
 */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** failures), undefined, { signal });
}

/**
 * Calls until the call succeeds, fails permanently, or has failed `tries` times.
 *
 * @param passes whether a failure may be transient
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
