import { describe, expect, test } from "vitest";
import { addDays } from "../../../lib/period.ts";
import type { Standing } from "../../../lib/rollup/roll-up.ts";
import { RollupError } from "../../../lib/rollup/rollup-error.ts";
import { type RollupRun, rollupLine } from "../../../lib/rollup/rollup-record.ts";
import { day } from "../valid.ts";

const ENDED_AT = Date.UTC(2026, 4, 10, 3, 0, 5);

const STANDING: Standing = {
  days_due: 3,
  days_merged: 2,
  closed_from: day("2026-03-01"),
  closed_through: day("2026-05-09"),
  days_behind: 1,
  broken_records: [],
  broken_directory_rows: [],
};

const RUN: RollupRun = {
  requestId: "request-1",
  functionName: "usage-rollup",
  startedAt: ENDED_AT - 5_000,
  endedAt: ENDED_AT,
  facts: { queryExecutionId: "execution-9", executions: 7, bytesScanned: 1_024 },
  task: "roll up",
  standing: STANDING,
  result: { outcome: "caught_up" },
};

/** The line of the run with these differences. */
const lineOf = (more: Partial<RollupRun> = {}) => JSON.parse(rollupLine({ ...RUN, ...more }));

describe("the line of a run", () => {
  test("has the outcome, the standing and the metrics", () => {
    expect(lineOf()).toMatchObject({
      ...STANDING,
      level: "info",
      message: "rollup",
      time: "2026-05-10T03:00:05.000Z",
      request_id: "request-1",
      outcome: "caught_up",
      query_execution_id: "execution-9",
      FunctionName: "usage-rollup",
      RollupFailures: 0,
      DaysBehind: 1,
      DaysMerged: 2,
      BrokenRecords: 0,
      TotalTime: 5_000,
      BytesScanned: 1_024,
      Executions: 7,
    });
    expect(lineOf()._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: "MinutesService",
        Dimensions: [["FunctionName"]],
        Metrics: [
          { Name: "RollupFailures", Unit: "Count" },
          { Name: "DaysBehind", Unit: "None" },
          { Name: "DaysMerged", Unit: "Count" },
          { Name: "BrokenRecords", Unit: "None" },
          { Name: "TotalTime", Unit: "Milliseconds" },
          { Name: "BytesScanned", Unit: "Bytes" },
          { Name: "Executions", Unit: "Count" },
        ],
      },
    ]);
  });

  test("that failed early has the reason, and no metric of days", () => {
    const line = lineOf({ standing: undefined, result: new RollupError("days_failed", "Replace the file.") });
    expect(line).toMatchObject({
      level: "error",
      code: "days_failed",
      detail: "Replace the file.",
      RollupFailures: 1,
    });
    for (const absent of ["outcome", "CompactionFailures", "DaysBehind", "DaysMerged", "BrokenRecords"])
      expect(line).not.toHaveProperty(absent);
    expect(line).not.toHaveProperty("broken_records");
  });

  test.each([
    [{ outcome: "compacted" }, 0],
    [new RollupError("compaction_failed", "VACUUM failed."), 1],
  ])("of a compaction counts its failures", (result, failures) => {
    const line = lineOf({ task: "compact", standing: undefined, result });
    expect(line).toMatchObject({ CompactionFailures: failures, RollupFailures: failures });
  });
});

describe("broken records in the line", () => {
  test("count since the first of the previous month, with the rows of the directory", () => {
    const kind = "missing_call_id";
    const standing: Standing = {
      ...STANDING,
      broken_records: [
        { day: day("2026-03-31"), kind, records: 1_000 },
        { day: day("2026-04-01"), kind, records: 1 },
        { day: day("2026-04-30"), kind, records: 20 },
      ],
      broken_directory_rows: [
        { table: "agents", rows: 300 },
        { table: "resellers", rows: 4_000 },
      ],
    };
    expect(lineOf({ standing }).BrokenRecords).toBe(4_321);
    expect(lineOf({ standing, endedAt: Date.UTC(2026, 0, 31) }).BrokenRecords).toBe(5_321);
  });

  test("of the newest 100 days are named, the newest first", () => {
    const broken_records = Array.from({ length: 101 }, (_, index) => ({
      day: addDays(day("2026-01-01"), index),
      kind: "invalid_call_id" as const,
      records: 1,
    }));
    const named = lineOf({ standing: { ...STANDING, broken_records } }).broken_records;
    expect(named).toEqual(broken_records.slice(1).toReversed());
  });
});
