/** A point in time that everything of a request ends at, at the latest. */
export interface Deadline extends Disposable {
  /** Aborts when the deadline has come or is disposed of; every wait and every call listens to it. */
  readonly signal: AbortSignal;
}

/**
 * Starts the one timer of a deadline; disposing ends it, and all that is still under way.
 *
 * @param at instant in milliseconds since 1970; one that has passed is aborted at once
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
