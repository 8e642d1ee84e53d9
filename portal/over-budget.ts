import type { Failure } from "./failure.ts";

type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** How often a request waits for its partner's budget. */
const MOST_WAITS = 2;

/** Up to so many milliseconds are added to a wait, so that pages that were refused together do not come back together. */
const JITTER_MS = 3_000;

/**
 * Sends a request. Where its partner has started too many new queries, waits as long as the service says and sends it
 * again, twice at most.
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

/** Waits so many seconds and a little more. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1_000 + Math.random() * JITTER_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
