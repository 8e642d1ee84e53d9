import { createHash, randomInt } from "node:crypto";
import type { StartInput } from "./calls.ts";

/**
 * Computes the ClientRequestToken of a start. It is equal only for an equal input (text, parameters with the tenant's
 * resellers, catalog, database, workgroup, output), freshness window and attempt.
 *
 * Athena answers a known token with the earlier execution and its results, for any caller. So the hash covers
 * everything that an answer depends on.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 *
 * @param window number of the freshness window: identical requests within it share one execution
 * @param attempt 0 for the first execution of a request; another number starts a new execution
 * @param sharedWith what else requests that share the execution have in common; undefined for nothing
 * @returns 64 hexadecimal digits (Athena takes 32 to 128 characters)
 */
export function clientRequestToken(
  input: Omit<StartInput, "ClientRequestToken">,
  window: number,
  attempt: number,
  sharedWith?: string,
): string {
  return createHash("sha256")
    .update(JSON.stringify([input, window, attempt, sharedWith]))
    .digest("hex");
}

/**
 * Returns the whole seconds until the window of an instant ends, at least 1. Returns 0 if each request has its own
 * window, or all share one.
 */
export function secondsLeft(now: number, seconds: number): number {
  return seconds === 0 || seconds === Number.POSITIVE_INFINITY
    ? 0
    : Math.ceil(seconds - ((now / 1_000) % seconds));
}

/**
 * Returns the number of the freshness window that contains an instant.
 *
 * @param now milliseconds since 1970
 * @param seconds the window's length; with 0 each request has its own window, with infinity all share one
 */
export function freshnessWindow(now: number, seconds: number): number {
  return seconds === 0 ? randomInt(2 ** 48 - 1) : Math.floor(now / (seconds * 1_000));
}
