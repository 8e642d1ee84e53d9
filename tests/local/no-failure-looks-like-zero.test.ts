import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Engine, EngineError, type EngineResult } from "../../local/engine/engine.ts";
import { APRIL, call, DENTAL, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { type Answer, stackOver, startOver } from "./test-stack.ts";

const DAYS = Array.from({ length: 30 }, (_, index) => `2026-04-${String(index + 1).padStart(2, "0")}`);

const COLUMNS = [
  "reseller_id",
  "organization_id",
  "agent_id",
  "seconds",
  "figures",
  "name",
  "external_id",
  "internal_id",
  "rolled_day",
  "marks",
];

type Row = EngineResult["rows"][number];

function organization(seconds: string | null, organizationId: string | null = DENTAL): Row {
  return [NORTH, organizationId, null, seconds, "1", null, null, null, null, "0"];
}

function total(seconds: string, figures: string): Row {
  return [null, null, null, seconds, figures, null, null, null, null, "0"];
}

/** An engine that answers every statement like this. */
function scripted(run: Engine["run"]): Engine {
  return { run, close: () => Promise.resolve() };
}

function answering(rows: EngineResult["rows"], columns: readonly string[] = COLUMNS): Engine {
  const result = { columns: columns.map((name) => ({ name, type: "varchar" })), rows, dataScannedInBytes: 0 };
  return scripted(() => Promise.resolve(result));
}

async function askOver(engine: Engine, timeout?: number): Promise<Answer & { log: string }> {
  const objects = await mkdtemp(join(tmpdir(), "objects-"));
  try {
    await using stack = await startOver(engine, objects, timeout === undefined ? {} : { timeout });
    return { ...(await stack.ask({ query: APRIL, claim: [NORTH] })), log: stack.log() };
  } finally {
    await rm(objects, { recursive: true });
  }
}

function problem({ status, text, headers }: Answer): unknown {
  expect(headers.get("content-type")).toBe("application/problem+json");
  const document: unknown = JSON.parse(text);
  expect(document).toMatchObject({ status, request_id: headers.get("x-request-id") });
  return document;
}

describe("no failure looks like zero usage", () => {
  test("a failed query is a 500 that reveals nothing internal; the log has the reason", async () => {
    const failing = scripted(() =>
      Promise.reject(new EngineError("COLUMN_NOT_FOUND: line 3:8 of call_usage")),
    );
    const answer = await askOver(failing);
    expect(answer.status).toBe(500);
    expect(problem(answer)).toMatchObject({ type: "/problems/internal_error" });
    expect(answer.text).not.toContain("call_usage");
    expect(answer.log).toContain("COLUMN_NOT_FOUND");
  });

  test("a query that takes too long is stopped and is a 504 without retry-after", async () => {
    let stopped = 0;
    const endless = scripted(
      (_sql, _parameters, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped += 1;
            reject(new EngineError("stopped"));
          });
        }),
    );
    const answer = await askOver(endless, 3);
    expect(answer.status).toBe(504);
    expect(problem(answer)).toMatchObject({ type: "/problems/engine_timeout" });
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(stopped).toBe(1);
  });

  test("a query that reads more than the workgroup allows is a 400 at end_date, and is not paid for twice", async () => {
    await using stack = await stackOver(LAKE, {}, { bytesScannedCutoff: 1 });
    const answer = await stack.ask({ query: APRIL, claim: [NORTH] });
    expect(answer.status).toBe(400);
    expect(problem(answer)).toMatchObject({
      type: "/problems/range_too_large",
      errors: [{ parameter: "end_date", code: "range_too_large" }],
    });
    expect(stack.log()).toContain('"Executions":1');
  });

  test("a complete result is a report", async () => {
    const answer = await askOver(answering([organization("5"), total("5", "1")]));
    expect([answer.status, JSON.parse(answer.text).data[0].total_voice_minutes]).toEqual([200, 0.08]);
  });

  test.each([
    ["lacks a column", answering([total("0", "0")], COLUMNS.slice(1))],
    ["has its columns in another order", answering([total("0", "0")], COLUMNS.toReversed())],
    ["has a row too short", answering([[NORTH, DENTAL, null, "5"], total("5", "1")])],
    ["has seconds that are not a number", answering([organization("five"), total("5", "1")])],
    ["has seconds that are a fraction", answering([organization("5.5"), total("5", "1")])],
    ["has seconds below zero", answering([organization("-5"), total("5", "1")])],
    ["has no seconds", answering([organization(null), total("0", "1")])],
    ["has an invalid id", answering([organization("5", "dental"), total("5", "1")])],
    ["has usage of no organization", answering([organization("5", null), total("5", "1")])],
    [
      "has a row of somebody else's",
      answering([[SOUTH, DENTAL, null, "5", "1", null, null, null, null, "0"], total("5", "1")]),
    ],
    ["has a key twice", answering([organization("5"), organization("5"), total("10", "2")])],
    ["has only its header", answering([])],
    ["has lost its last row", answering([organization("5")])],
    ["has lost a row with seconds", answering([total("5", "1")])],
    ["has lost a row without seconds", answering([total("0", "1")])],
    ["goes on after its total", answering([total("0", "0"), organization("0")])],
  ])("a result that %s is a 500, never a smaller report", async (_, engine) => {
    const answer = await askOver(engine);
    expect(answer.status).toBe(500);
    expect(problem(answer)).toMatchObject({ type: "/problems/internal_error" });
  });

  test("a broken record is not counted but named, and its month is not closed", async () => {
    await using stack = await stackOver({
      ...LAKE,
      call_usage: [...callsOn(DAYS), call("1", { agent_id: "" })],
    });
    const run = stack.snapshot({ scheduled_time: "2026-05-04T06:00:00Z" });
    await expect(run).rejects.toThrow("invalid_agent_id 1 on 2026-04-10");
    expect(stack.faults.calls()).not.toHaveProperty("PutObject");
  });

  test("days before the lake begins are refused, because they would read as zero", async () => {
    await using stack = await stackOver(LAKE, {}, { environment: { EARLIEST_DATE: "2026-04-01" } });
    const answer = await stack.ask({ query: "?start_date=2026-03-31&end_date=2026-04-30", claim: [NORTH] });
    expect(problem(answer)).toMatchObject({
      status: 400,
      errors: [{ parameter: "start_date", code: "before_earliest_date" }],
    });
  });

  test.each([
    ["whose data has not arrived at all", { ...LAKE, call_usage: [] }, "2026-04-01 to 2026-04-30"],
    [
      "that lacks a day",
      { ...LAKE, call_usage: callsOn(DAYS.filter((day) => day !== "2026-04-19")) },
      "2026-04-19",
    ],
  ])("a month %s is not closed: the run names the days and writes nothing", async (_, lake, missing) => {
    await using stack = await stackOver(lake);
    const run = stack.snapshot({ scheduled_time: "2026-05-04T06:00:00Z" });
    await expect(run).rejects.toThrow(`2026-04 is not closed: no record has arrived for ${missing}.`);
    const month = await stack.ask({ path: "/v1/billing/snapshots/2026-04", claim: [NORTH] });
    expect(problem(month)).toMatchObject({ status: 404, type: "/problems/month_not_closed" });
    expect(stack.faults.calls()).not.toHaveProperty("PutObject");
  });

  test("a day that a person allows to be missing is recorded in the manifest, for later revisions too", async () => {
    const present = DAYS.filter((day) => day !== "2026-04-19");
    const late = call("1a7e", { recorded_at: new Date("2026-05-06T00:00:00Z") });
    await using stack = await stackOver({ ...LAKE, call_usage: [...callsOn(present), late] });
    const allowed = { allow_missing_days: ["2026-04-19"], reason: "switch replaced" };
    const event = { period: "2026-04", as_of: "2026-05-04T06:00:00Z" };
    await expect(stack.snapshot(event)).rejects.toThrow("2026-04-19");
    expect(await stack.snapshot({ ...event, ...allowed })).toMatchObject({ outcome: "closed" });
    expect(await stack.snapshot({ scheduled_time: "2026-05-07T06:00:00Z" })).toMatchObject({ revision: 2 });
  });
});

function callsOn(days: readonly string[]) {
  return days.map((day) => call(day.replaceAll("-", ""), { started_at: new Date(`${day}T09:00:00Z`) }));
}
