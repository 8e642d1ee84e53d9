import { describe, expect, test } from "vitest";
import { internalError, ServiceError } from "../../../lib/errors.ts";
import { METRICS } from "../../../lib/http/metrics.ts";
import { startRecord } from "../../../lib/http/request-record.ts";

const START = Date.UTC(2026, 4, 1, 12);
const OK = { status: 200, bytes: 512 };

/** A record and its clock. */
function started() {
  const clock = { at: START };
  const record = startRecord({ requestId: "id", functionName: "report", method: "GET" }, () => clock.at);
  return { record, clock };
}

function lineOf(...answer: Parameters<ReturnType<typeof startRecord>["line"]>): unknown {
  return JSON.parse(started().record.line(...answer));
}

describe("the line of a request", () => {
  test("names the request, its answer, and the execution that it paid for", () => {
    const { record, clock } = started();
    record.add({ queryExecutionId: "q1", executions: 1 });
    record.add({ queryExecutionId: "q2", executions: 2, bytesScanned: 10, rows: 3 });
    clock.at += 1_234;
    expect(JSON.parse(record.line(OK))).toMatchObject({
      level: "info",
      message: "request",
      time: "2026-05-01T12:00:01.234Z",
      request_id: "id",
      method: "GET",
      status: 200,
      query_execution_id: "q2",
      TotalTime: 1_234,
      Executions: 2,
      BytesScanned: 10,
      Rows: 3,
      ResponseBytes: 512,
    });
  });

  test("times each stage from the end of the one before, and from the engine's last report", () => {
    const { record, clock } = started();
    clock.at += 3;
    record.end("validate");
    clock.at += 1_000;
    record.add({ queueMs: 100, runMs: 700, readMs: 200 });
    clock.at += 20;
    record.end("fold");
    clock.at += 5;
    record.end("respond");
    expect(JSON.parse(record.line(OK))).toMatchObject({
      ValidateTime: 3,
      QueueTime: 100,
      RunTime: 700,
      ReadTime: 200,
      FoldTime: 20,
      RespondTime: 5,
      TotalTime: 1_028,
    });
  });

  test("is one line for any cause", () => {
    const error = internalError("a\nb\r\nc", new Error("d\n"));
    expect(started().record.line({ status: 500, bytes: 1 }, error)).not.toMatch(/[\n\r]/);
  });

  test("has the level error from status 500 on", () => {
    expect(lineOf({ status: 499, bytes: 0 })).toMatchObject({
      level: "info",
      ClientErrors: 1,
      ServerErrors: 0,
      InternalErrors: 0,
    });
    expect(lineOf({ status: 500, bytes: 0 })).toMatchObject({
      level: "error",
      ClientErrors: 0,
      ServerErrors: 1,
      InternalErrors: 1,
    });
  });

  test.each([
    ["engine_unavailable", 503, { InternalErrors: 0, EngineUnavailable: 1, EngineTimeout: 0 }],
    ["engine_timeout", 504, { InternalErrors: 0, EngineUnavailable: 0, EngineTimeout: 1 }],
  ] as const)("counts %s separately from internal errors", (code, status, counts) => {
    const error = new ServiceError(code, "detail");
    expect(lineOf({ status, bytes: 0 }, error)).toMatchObject({ ServerErrors: 1, ...counts });
  });

  test("has the code and every cause, the outermost first, with the place in the code if it may be a bug", () => {
    const error = internalError("outer", new TypeError("inner", { cause: new Error("innermost") }));
    expect(lineOf({ status: 500, bytes: 0 }, error)).toMatchObject({
      code: "internal_error",
      causes: [
        {
          name: "Error",
          message: "outer",
          stack: expect.arrayContaining([expect.stringContaining("record.test.ts")]),
        },
        { name: "TypeError", message: "inner", stack: expect.any(Array) },
        { name: "Error", message: "innermost", stack: expect.any(Array) },
      ],
    });
  });

  test("omits ids and quoted values from a cause, in the message and in the stack", () => {
    const secret = "7d1e0000-0000-4000-8000-000000000000";
    const cause = new Error(`Cannot cast 'Bob Smith' or "Ann" of ${secret}`);
    const line = JSON.stringify(lineOf({ status: 500, bytes: 0 }, internalError("outer", cause)));
    expect(line).toContain("Cannot cast … or … of …");
    for (const value of ["Bob", "Ann", secret]) expect(line).not.toContain(value);
  });

  test("has no stack for a mistake of the caller", () => {
    const error = new ServiceError("malformed_claim", "detail", { cause: new Error("a number") });
    const line = lineOf({ status: 403, bytes: 0 }, error);
    expect(line).toMatchObject({ code: "malformed_claim", causes: [{ name: "Error", message: "a number" }] });
    expect(JSON.stringify(line)).not.toContain("stack");
  });
});

describe("the metrics of a request", () => {
  test("are members of its line, declared in CloudWatch's embedded format, each function's its own", () => {
    const { record } = started();
    record.add({ missingResellerClaim: true });
    expect(JSON.parse(record.line(OK))).toMatchObject({
      Requests: 1,
      MissingResellerClaim: 1,
      FunctionName: "report",
      _aws: {
        Timestamp: START,
        CloudWatchMetrics: [{ Namespace: "MinutesService", Dimensions: [["FunctionName"]] }],
      },
    });
  });

  test("are declared only if the request has them", () => {
    const { record } = started();
    const early = record.line(OK);
    expect(declaredIn(early)).toEqual(membersOf(early));
    expect(declaredIn(early)).not.toContain("FoldTime");
    record.add({ queueMs: 1, runMs: 1, readMs: 1, bytesScanned: 1, rows: 1, executions: 1, rolledDays: 30 });
    record.add({ reuseFailure: internalError("the answer cannot be stored") });
    for (const stage of ["validate", "fold", "respond"] as const) record.end(stage);
    const late = record.line(OK);
    record.add({ reuse: "stored" });
    const stored = record.line(OK);
    record.add({ reuse: "not_modified" });
    for (const [line, others] of [
      [late, ["NotModified", "StoredAnswers"]],
      [stored, ["NotModified"]],
      [record.line(OK), ["StoredAnswers"]],
    ] as const) {
      const expected = Object.keys(METRICS).filter((name) => !others.some((other) => other === name));
      expect(declaredIn(line)).toEqual(expected);
      expect(membersOf(line)).toEqual(expected);
    }
  });

  test("count failures of the engine separately from internal errors", () => {
    const busy = new ServiceError("engine_unavailable", "later");
    expect(lineOf({ status: 503, bytes: 0 }, busy)).toMatchObject({ EngineUnavailable: 1, EngineTimeout: 0 });
    const late = new ServiceError("engine_timeout", "narrow");
    expect(lineOf({ status: 504, bytes: 0 }, late)).toMatchObject({ EngineUnavailable: 0, EngineTimeout: 1 });
  });
});

function declaredIn(line: string): (string | undefined)[] {
  return Array.from(line.matchAll(/"Name":"(\w+)"/g), ([, name]) => name);
}

function membersOf(line: string): string[] {
  return Object.keys(METRICS).filter((name) => line.includes(`"${name}":`));
}
