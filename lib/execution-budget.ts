/** The limits of a partner: new executions in each window, and fewer in each slice of it. */
export interface BudgetLimits {
  /** New executions in a minute. */
  readonly perMinute: number;
  /** Identical queries within this many seconds share one execution; 0: never. */
  readonly freshnessSeconds: number;
}

/** Whether a partner may start an execution. */
export type Admission =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly retryAfterSeconds: number }
  /** The budget cannot be read. The execution is then started, because the partner is not to blame. */
  | { readonly kind: "unknown"; readonly cause: unknown };

/**
 * Counts an execution against a partner's budget. The same token counts once, however often and wherever it is
 * presented in its window. Never throws.
 *
 * @param token the idempotency token of the execution's start
 */
export type ExecutionBudget = (partner: string, token: string) => Promise<Admission>;

/** The window and the slice of an instant, and what may be started in each. Seconds since 1970. */
export interface BudgetWindow {
  readonly start: number;
  readonly end: number;
  readonly limit: number;
  /** The number of the slice in its window. */
  readonly slice: number;
  readonly sliceEnd: number;
  readonly sliceLimit: number;
}

const MINUTE = 60;
/** A third of a minute's budget may be started in ten seconds. */
const SLICE = 10;
const SLICE_SHARE = 3;
/** Longer freshness windows do not set the budget's: its item would grow too large. */
const LONGEST = 600;

/**
 * Returns the window of an instant. It is a minute, or the shortest longer time of whole freshness windows. So a replay
 * is always in the window of its first execution.
 *
 * @param now milliseconds since 1970
 */
export function budgetWindow(now: number, { perMinute, freshnessSeconds }: BudgetLimits): BudgetWindow {
  const seconds = now / 1_000;
  const length = windowLength(freshnessSeconds);
  const start = Math.floor(seconds / length) * length;
  const slice = Math.floor((seconds - start) / SLICE);
  return {
    start,
    end: start + length,
    limit: Math.floor((perMinute * length) / MINUTE),
    slice,
    sliceEnd: Math.min(start + (slice + 1) * SLICE, start + length),
    sliceLimit: Math.ceil(perMinute / SLICE_SHARE),
  };
}

function windowLength(freshnessSeconds: number): number {
  if (freshnessSeconds === 0) return MINUTE;
  const length = freshnessSeconds * Math.ceil(MINUTE / freshnessSeconds);
  return length > LONGEST ? MINUTE : length;
}
