import { tokenBucket } from "../token-bucket.ts";

/** How often Athena may be called, and how many queries it takes at once. */
export interface AthenaQuotas {
  readonly startsPerSecond: number;
  readonly startBurst: number;
  readonly pollsPerSecond: number;
  readonly pollBurst: number;
  /** Queries that run or wait. */
  readonly activeQueries: number;
}

/**
 * The default quotas of an account in a region. Start and stop share 20 calls a second with bursts of 80; status calls
 * have 100 a second with bursts of 200. A query beyond the active ones is refused with `TooManyRequestsException`. The
 * active DML queries are 200 in us-east-1, 150 or 100 in other large regions and 25 in small ones; this is the least.
 * https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
 * https://docs.aws.amazon.com/general/latest/gr/athena.html#amazon-athena-limits
 */
export const DEFAULT_QUOTAS: AthenaQuotas = {
  startsPerSecond: 20,
  startBurst: 80,
  pollsPerSecond: 100,
  pollBurst: 200,
  activeQueries: 25,
};

/** Whether the quotas allow a call now. */
export type Allowance = (operation: string, active: number) => boolean;

/**
 * Counts calls against the quotas, each kind in a token bucket of its own.
 *
 * @param now milliseconds
 */
export function allowance(quotas: AthenaQuotas, now: () => number = () => performance.now()): Allowance {
  const starts = tokenBucket(quotas.startsPerSecond, quotas.startBurst, now);
  const polls = tokenBucket(quotas.pollsPerSecond, quotas.pollBurst, now);
  return (operation, active) => {
    if (operation === "StartQueryExecution") return active < quotas.activeQueries && starts();
    if (operation === "StopQueryExecution") return starts();
    if (operation === "GetQueryExecution") return polls();
    return true;
  };
}
