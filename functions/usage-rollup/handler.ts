import type { Context } from "aws-lambda";
import type { WriteLine } from "../../lib/log.ts";
import { addDays, type Day, dayOf } from "../../lib/period.ts";
import type { ExecutionFacts, Executor, Querier } from "../../lib/query.ts";
import { type CompactionOutcome, compact } from "../../lib/rollup/compaction.ts";
import type { LakeObject } from "../../lib/rollup/listing.ts";
import type { StateStore } from "../../lib/rollup/publication.ts";
import { type RollupOutcome, rollUp, type Standing } from "../../lib/rollup/roll-up.ts";
import { type RollupRequest, readRollupEvent } from "../../lib/rollup/rollup-event.ts";
import { rollupLine } from "../../lib/rollup/rollup-record.ts";
import { allResellers } from "../../lib/scope/all-resellers.ts";

export interface Dependencies {
  readonly query: Querier;
  readonly execute: Executor;
  readonly list: () => AsyncIterable<readonly LakeObject[]>;
  readonly state: StateStore;
  /** The state object of earlier releases. */
  readonly firstState: StateStore;
  /** `s3://<bucket>/<prefix>/` of the lake's folders, and of the table's files. */
  readonly lake: string;
  readonly table: string;
  readonly earliestDate: Day;
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/** The part of the function's time, in milliseconds, that is reserved after the last merge to publish the state. */
const RESERVE_MS = 60_000;
/** The part of it that is reserved for VACUUM after OPTIMIZE. */
const VACUUM_MS = 300_000;
/** The part of it that is reserved at the end. */
const END_MS = 5_000;

/**
 * Rolls up the days whose files have changed, or compacts the table. See `readRollupEvent` for the events. A day may
 * be rolled up after it has ended, in UTC.
 *
 * @returns the result of a successful run; every failure is thrown, so that the invocation fails and an alarm rings
 */
export function usageRollup({ execute, earliestDate, now, write, ...dependencies }: Dependencies) {
  return async (event: unknown, context: Context): Promise<RollupOutcome | CompactionOutcome> => {
    const startedAt = now();
    const { awsRequestId: requestId, functionName } = context;
    const endsAt = startedAt + context.getRemainingTimeInMillis();
    let task: RollupRequest["task"] | undefined;
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
        rollupLine({
          requestId,
          functionName,
          startedAt,
          endedAt: now(),
          facts: spent,
          task,
          standing,
          result,
        }),
      );

    async function run() {
      const request = readRollupEvent(event);
      task = request.task;
      if (request.task === "compact") {
        return compact({ execute, optimizing: { deadline: endsAt - VACUUM_MS, observe }, finishing });
      }
      return rollUp({
        ...dependencies,
        now,
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
