import { describe, expect, test } from "vitest";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import { readEvent } from "../../../lib/billing/snapshot-event.ts";
import { failureLine, type RunRecord, runLine } from "../../../lib/billing/snapshot-record.ts";
import { instant, month } from "./valid.ts";

const [APRIL, MAY] = [month("2026-04"), month("2026-05")];
const ENDED = Date.parse("2026-06-04T06:01:00.250Z");
const AS_OF = instant("2026-06-04T06:00:00Z");
const OPEN = { outcome: "in_grace" as const, period: APRIL, closable_from: AS_OF };

const RUN: RunRecord = {
  requestId: "request-1",
  functionName: "billing-snapshot",
  startedAt: ENDED - 60_000,
  endedAt: ENDED,
  facts: { queryExecutionId: "q", executions: 2, bytesScanned: 3, rows: 4, queueMs: 5, runMs: 6, readMs: 7 },
  request: readEvent({ scheduled_time: AS_OF }, 3, ENDED),
  watched: {
    months: [
      { period: APRIL, result: "postponed" },
      { period: MAY, result: OPEN },
    ],
    openMonths: 8,
    oldestOpenDays: 9,
    changedBeyondLookBack: [month("2025-01"), month("2025-02")],
  },
  result: {
    outcome: "closed",
    period: MAY,
    revision: 1,
    as_of: AS_OF,
    manifest: "key",
    statements: 10,
    adjustments: 11,
    bills: [{ number: 7, kind: "month", period: MAY, key: "bills/000007.json" }],
  },
};

const UNITS = {
  SnapshotFailures: "Count",
  OpenMonths: "None",
  OldestOpenDays: "None",
  ChangedBeyondLookBack: "None",
  PostponedMonths: "None",
  Statements: "Count",
  Adjustments: "Count",
  Bills: "Count",
  TotalTime: "Milliseconds",
  QueueTime: "Milliseconds",
  RunTime: "Milliseconds",
  BytesScanned: "Bytes",
  Rows: "Count",
  Executions: "Count",
};

/** What CloudWatch needs to read metrics from a line: each with its unit. */
function metricsOf(line: Readonly<Record<string, unknown>>): unknown {
  return line["_aws"];
}

function directive(names: readonly string[]): object {
  const Metrics = Object.entries(UNITS).flatMap(([Name, Unit]) =>
    names.includes(Name) ? [{ Name, Unit }] : [],
  );
  return {
    Timestamp: ENDED,
    CloudWatchMetrics: [{ Namespace: "MinutesService", Dimensions: [["FunctionName"]], Metrics }],
  };
}

describe("the line of a run", () => {
  test("has the outcome, the bills, the months, the query, and every metric with its unit", () => {
    expect(JSON.parse(runLine(RUN))).toEqual({
      level: "info",
      message: "snapshot",
      time: "2026-06-04T06:01:00.250Z",
      request_id: "request-1",
      period: "2026-05",
      as_of: "2026-06-04T06:00:00Z",
      outcome: "closed",
      revision: 1,
      manifest: "key",
      statements: 10,
      adjustments: 11,
      bills: [{ number: 7, kind: "month", period: "2026-05", key: "bills/000007.json" }],
      changed_beyond_look_back: ["2025-01", "2025-02"],
      query_execution_id: "q",
      FunctionName: "billing-snapshot",
      SnapshotFailures: 0,
      OpenMonths: 8,
      OldestOpenDays: 9,
      ChangedBeyondLookBack: 2,
      PostponedMonths: 1,
      Statements: 10,
      Adjustments: 11,
      Bills: 1,
      TotalTime: 60_000,
      QueueTime: 5,
      RunTime: 6,
      BytesScanned: 3,
      Rows: 4,
      Executions: 2,
      _aws: directive(Object.keys(UNITS)),
    });
  });

  test("that failed has its code, what to do, and the failure's metric", () => {
    const cause = new TypeError("no record of 'Northwind'");
    const result = new SnapshotError("month_incomplete", "Find out why.", { cause });
    const line = JSON.parse(
      runLine({ ...RUN, watched: undefined, facts: { executions: 0, bytesScanned: 0 }, result }),
    );
    expect(line).toMatchObject({
      level: "error",
      message: "snapshot",
      period: "2026-05",
      code: "month_incomplete",
      detail: "Find out why.",
      causes: [{ name: "TypeError", message: "no record of …" }],
      SnapshotFailures: 1,
    });
    expect(metricsOf(line)).toEqual(
      directive(["SnapshotFailures", "TotalTime", "BytesScanned", "Executions"]),
    );
    expect(Object.keys(line)).not.toContain("OpenMonths");
  });

  test("of a bill of adjustments says so, and has neither months nor statements", () => {
    const result = { outcome: "billed" as const, bills: [] };
    const line = JSON.parse(runLine({ ...RUN, request: "adjustments", watched: undefined, result }));
    expect(line).toMatchObject({
      level: "info",
      bill: "adjustments",
      outcome: "billed",
      Bills: 0,
      SnapshotFailures: 0,
    });
    for (const name of ["period", "as_of", "Statements", "Adjustments", "PostponedMonths"])
      expect(Object.keys(line)).not.toContain(name);
  });

  test("whose event could not be read names neither a month nor a bill", () => {
    const line = JSON.parse(
      runLine({ ...RUN, request: undefined, result: new SnapshotError("invalid_event", "Read.") }),
    );
    expect(line).toMatchObject({ code: "invalid_event" });
    for (const name of ["period", "as_of", "bill"]) expect(Object.keys(line)).not.toContain(name);
  });
});

describe("the line of a failure after which the run continues", () => {
  const error = new SnapshotError("snapshot_damaged", "Restore it.");

  test("is a month's, or the billing's", () => {
    expect(JSON.parse(failureLine("request-1", { period: APRIL, error }))).toEqual({
      level: "error",
      message: "month failed",
      request_id: "request-1",
      period: "2026-04",
      code: "snapshot_damaged",
      detail: "Restore it.",
      causes: [],
    });
    expect(JSON.parse(failureLine("request-1", { period: undefined, error }))).toEqual({
      level: "error",
      message: "billing failed",
      request_id: "request-1",
      code: "snapshot_damaged",
      detail: "Restore it.",
      causes: [],
    });
  });
});
