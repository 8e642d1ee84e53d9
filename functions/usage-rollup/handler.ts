import type { Context } from "aws-lambda";
import { allResellers } from "../../lib/billing/all-resellers.ts";
import type { WriteLine } from "../../lib/log.ts";
import { addDays, type Day, dayOf } from "../../lib/period.ts";
import type { ExecutionFacts, Executor, Querier } from "../../lib/query.ts";
import { readRollupEvent } from "../../lib/rollup/event.ts";
import type { LakeObject } from "../../lib/rollup/listing.ts";
import { rollupLine } from "../../lib/rollup/record.ts";
import { type RollupOutcome, rollUp, type Standing, type StateStore } from "../../lib/rollup/roll-up.ts";
import { COMPACTION } from "../../lib/rollup/statements.ts";

export interface Dependencies {
  readonly query: Querier;
  readonly execute: Executor;
  readonly list: () => AsyncIterable<readonly LakeObject[]>;
  readonly state: StateStore;
  /** `s3://<bucket>/<prefix>/` of the lake's folders, and of the table's files. */
  readonly lake: string;
  readonly table: string;
  readonly earliestDate: Day;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** What remains of the function's time, in milliseconds, when no further day is merged: to say which are closed. */
const RESERVE_MS = 60_000;
/** And when that must be said. */
const END_MS = 5_000;

/**
 * Rolls up the days whose files have changed, or compacts the table; see `readRollupEvent` for the events. A day may be
 * closed once it has ended, in UTC.
 *
 * @returns how the run ended, where it ended well; every failure is thrown, so that the invocation fails and is heard of
 */
export function usageRollup({ execute, earliestDate, now, write, ...dependencies }: Dependencies) {
  return async (event: unknown, context: Context): Promise<RollupOutcome | { outcome: "compacted" }> => {
    const startedAt = now();
    const { awsRequestId: requestId, functionName } = context;
    const endsAt = startedAt + context.getRemainingTimeInMillis();
    let standing: Standing | undefined;
    const spent = { executions: 0, bytesScanned: 0, queryExecutionId: "" };
    const observe = ({ queryExecutionId, bytesScanned = 0 }: ExecutionFacts) => {
      if (queryExecutionId !== undefined) {
        spent.executions += 1;
        spent.queryExecutionId = queryExecutionId;
      }
      spent.bytesScanned += bytesScanned;
    };
    const finishing = { deadline: endsAt - END_MS, observe };
    const record = (result: { readonly outcome: string } | Error) =>
      write(
        rollupLine({ requestId, functionName, startedAt, endedAt: now(), facts: spent, standing, result }),
      );

    async function run() {
      const request = readRollupEvent(event);
      if (request.task === "compact") {
        for (const statement of COMPACTION) await execute(statement, finishing);
        return { outcome: "compacted" as const };
      }
      return rollUp({
        ...dependencies,
        execute,
        scope: allResellers(),
        earliestDate,
        lastDay: addDays(dayOf(startedAt), -1),
        mayEmpty: request.mayEmpty,
        merging: { deadline: endsAt - RESERVE_MS, observe },
        finishing,
        progress: (days_merged, days_due) =>
          write(
            JSON.stringify({
              level: "info",
              message: "progress",
              request_id: requestId,
              days_merged,
              days_due,
            }),
          ),
        reached: (reached) => {
          standing = reached;
        },
      });
    }

    try {
      const outcome = await run();
      record(outcome);
      return outcome;
    } catch (error) {
      record(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
}
