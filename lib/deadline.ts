/** A point in time that everything of a request ends at. */
export interface Deadline extends Disposable {
  /** Aborts when the deadline has come; every wait and every call listens to it. */
  readonly signal: AbortSignal;
}

/**
 * Starts the one timer of a deadline; disposing ends it.
 *
 * @param at instant in milliseconds since 1970; one that has passed is aborted at once
 */
export function startDeadline(at: number, now: number): Deadline {
  const controller = new AbortController();
  if (at <= now) controller.abort();
  const timer = setTimeout(() => controller.abort(), at - now);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
