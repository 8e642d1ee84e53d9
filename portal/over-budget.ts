import type { Failure } from "./failure.ts";

type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** How often a request waits for its partner's budget. */
const MOST_WAITS = 2;

/** The maximum random addition to a wait, in milliseconds, so that pages that were refused together do not return together. */
const JITTER_MS = 3_000;

/**
 * Sends a request. If its partner has started too many new queries, waits as long as the service says and sends it
 * again, at most twice.
 *
 * @throws the signal's reason once it is aborted
 */
export async function waitingForBudget<Value>(
  send: () => Promise<Answer<Value>>,
  signal: AbortSignal,
): Promise<Answer<Value>> {
  for (let waits = 0; ; waits++) {
    const answer = await send();
    if (answer.ok || answer.failure.kind !== "over-budget" || waits === MOST_WAITS) return answer;
    await pause(answer.failure.retryAfter, signal);
  }
}

/** Waits this many seconds, plus a random time. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1_000 + Math.random() * JITTER_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
