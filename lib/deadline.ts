/** The instant at which all work of a request ends at the latest. */
export interface Deadline extends Disposable {
  /** Aborts at the deadline or on disposal. Every wait and every call listens to it. */
  readonly signal: AbortSignal;
}

/**
 * Starts the only timer of a deadline. Disposing it ends the timer and aborts all work in progress.
 *
 * @param at instant in milliseconds since 1970; a past one is aborted at once
 */
export function startDeadline(at: number, now: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.max(0, at - now));
  if (at <= now) controller.abort();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
