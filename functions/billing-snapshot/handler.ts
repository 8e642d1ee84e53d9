import type { Context } from "aws-lambda";
import { asksForAdjustments } from "../../lib/billing/bills/event.ts";
import type { Month } from "../../lib/billing/month.ts";
import { type RunOutcome, type RunRequest, runBilling } from "../../lib/billing/run.ts";
import { readEvent } from "../../lib/billing/snapshot-event.ts";
import { failureLine, runLine } from "../../lib/billing/snapshot-record.ts";
import type { SnapshotStore } from "../../lib/billing/snapshots.ts";
import type { Watched } from "../../lib/billing/watch.ts";
import type { WriteLine } from "../../lib/log.ts";
import type { Day } from "../../lib/period.ts";
import type { ExecutionFacts, Querier } from "../../lib/query.ts";
import { allResellers } from "../../lib/scope/all-resellers.ts";

export interface Dependencies {
  readonly query: Querier;
  readonly store: SnapshotStore;
  readonly graceDays: number;
  readonly earliestDate: Day;
  /** The first month that this service bills. */
  readonly billFrom: Month;
  readonly toleratedBrokenRecords: number;
  /** How many months before the run's own closed months are checked. */
  readonly lookBackMonths: number;
  /** The digest of a month's files; undefined if the lake is not listed. */
  readonly listing?: ((month: Month) => Promise<string>) | undefined;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** The part of the function's time, in milliseconds, that is reserved for the manifest after the result is read. */
const RESERVE_MS = 20_000;

/** How often a long run reports its progress, in milliseconds. */
const PROGRESS_MS = 5_000;

/**
 * Bills what is due, and closes the month before a scheduled instant, or the one that a person names. See `readEvent`
 * and `asksForAdjustments` for the events.
 *
 * @returns the result of a successful run; every failure is thrown, so that the invocation fails and an alarm rings
 */
export function billingSnapshot({ now, write, graceDays, ...dependencies }: Dependencies) {
  return async (event: unknown, context: Context): Promise<RunOutcome> => {
    const startedAt = now();
    let saidAt = startedAt;
    let facts: ExecutionFacts = {};
    let request: RunRequest | undefined;
    let watched: Watched | undefined;
    const { awsRequestId: requestId, functionName } = context;
    const record = (result: RunOutcome | Error) =>
      write(runLine({ requestId, functionName, startedAt, endedAt: now(), facts, request, watched, result }));

    try {
      request = asksForAdjustments(event) ? "adjustments" : readEvent(event, graceDays, startedAt);
      const outcome = await runBilling(request, {
        ...dependencies,
        scope: allResellers(),
        options: {
          deadline: startedAt + context.getRemainingTimeInMillis() - RESERVE_MS,
          observe: (more) => {
            facts = { ...facts, ...more };
          },
        },
        graceDays,
        now,
        failed: (failure) => write(failureLine(requestId, failure)),
        watched: (found) => {
          watched = found;
        },
        progress: (statements) => {
          if (now() - saidAt < PROGRESS_MS) return;
          saidAt = now();
          write(JSON.stringify({ level: "info", message: "progress", request_id: requestId, statements }));
        },
      });
      record(outcome);
      return outcome;
    } catch (error) {
      record(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
}
