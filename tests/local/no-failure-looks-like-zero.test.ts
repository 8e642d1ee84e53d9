import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Engine, EngineError, type EngineResult } from "../../local/engine/engine.ts";
import { APRIL, call, DENTAL, LAKE, NORTH } from "./fixture.ts";
import { type Answer, stackOver, startOver } from "./test-stack.ts";

const COLUMNS = [
  "reseller_id",
  "organization_id",
  "agent_id",
  "seconds",
  "name",
  "external_id",
  "internal_id",
];

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
  test("a query that fails is a 500 that tells nothing of the inside; the log tells why", async () => {
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

  test.each([
    ["lacks a column", answering([], COLUMNS.slice(1))],
    ["has its columns in another order", answering([], COLUMNS.toReversed())],
    ["has a row too short", answering([[NORTH, DENTAL, null, "5"]])],
    ["has seconds that are no number", answering([[NORTH, DENTAL, null, "five", null, null, null]])],
    ["has seconds that are a fraction", answering([[NORTH, DENTAL, null, "5.5", null, null, null]])],
    ["has seconds below zero", answering([[NORTH, DENTAL, null, "-5", null, null, null]])],
    ["has no seconds", answering([[NORTH, DENTAL, null, null, null, null, null]])],
    ["has an id that is none", answering([[NORTH, "dental", null, "5", null, null, null]])],
    ["has usage of no organization", answering([[NORTH, null, null, "5", null, null, null]])],
    [
      "has a key twice",
      answering([
        [NORTH, DENTAL, null, "5", null, null, null],
        [NORTH, DENTAL, null, "5", null, null, null],
      ]),
    ],
  ])("a result that %s is a 500, never a smaller report", async (_, engine) => {
    const answer = await askOver(engine);
    expect(answer.status).toBe(500);
    expect(problem(answer)).toMatchObject({ type: "/problems/internal_error" });
  });

  test("a call whose record names an agent that is no UUID is a 500, not a line left out", async () => {
    await using stack = await stackOver({ ...LAKE, call_usage: [call("1", { agent_id: "" })] });
    expect((await stack.ask({ query: APRIL, claim: [NORTH] })).status).toBe(500);
  });

  test("days before the lake begins are refused, since they would read as zero", async () => {
    await using stack = await stackOver(LAKE, {}, { environment: { EARLIEST_DATE: "2026-04-01" } });
    const answer = await stack.ask({ query: "?start_date=2026-03-31&end_date=2026-04-30", claim: [NORTH] });
    expect(problem(answer)).toMatchObject({
      status: 400,
      errors: [{ parameter: "start_date", code: "before_earliest_date" }],
    });
  });
});
