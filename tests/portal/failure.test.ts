import { describe, expect, test } from "vitest";
import { type Failure, failureOf } from "../../portal/failure.ts";

function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  const type = body.startsWith("{") ? "application/json" : "text/html";
  return new Response(body, { status, headers: { "content-type": type, ...headers } });
}

const PROBLEM = JSON.stringify({
  detail: "What to do.",
  request_id: "r-1",
  errors: [{ parameter: "end_date", code: "x", message: "Too long." }],
});
const GATEWAY = JSON.stringify({ message: "Service Unavailable" });

describe("an answer that is not a report", () => {
  test.each<[number, string, Failure]>([
    [
      400,
      PROBLEM,
      { kind: "refused", detail: "What to do.", errors: [{ parameter: "end_date", message: "Too long." }] },
    ],
    [401, '{"message":"Unauthorized"}', { kind: "session" }],
    [403, '{"message":"Forbidden"}', { kind: "forbidden", detail: "" }],
    [403, "<html>Request blocked", { kind: "intercepted", status: 403 }],
    [407, "<html>", { kind: "intercepted", status: 407 }],
    [511, "<html>", { kind: "intercepted", status: 511 }],
    [414, "", { kind: "address-too-long" }],
    [431, '{"message":"Request Header Fields Too Large"}', { kind: "token-too-large" }],
    [494, "<html>", { kind: "token-too-large" }],
    [413, PROBLEM, { kind: "too-large", detail: "What to do.", resellers: new Map() }],
    [
      413,
      JSON.stringify({ detail: "Split it.", resellers: [{ reseller_id: "r-1", reseller_name: "North" }] }),
      { kind: "too-large", detail: "Split it.", resellers: new Map([["r-1", "North"]]) },
    ],
    [413, GATEWAY, { kind: "too-large", detail: "", resellers: new Map() }],
    [429, '{"message":"Too Many Requests"}', { kind: "busy", detail: "", retryAfter: undefined }],
    [502, "<html>", { kind: "busy", detail: "", retryAfter: undefined }],
    [503, GATEWAY, { kind: "busy", detail: "", retryAfter: undefined }],
    [504, PROBLEM, { kind: "slow", detail: "What to do." }],
    [500, PROBLEM, { kind: "broken", detail: "What to do.", requestId: "r-1" }],
  ])("of status %i says what can be done", async (status, body, expected) => {
    expect(await failureOf(answer(status, body))).toEqual(expected);
  });

  test("of a partner over its budget says how long to wait", async () => {
    const problem = JSON.stringify({ type: "/problems/too_many_queries", detail: "Later." });
    expect(await failureOf(answer(429, problem, { "retry-after": "40" }))).toEqual({
      kind: "over-budget",
      detail: "Later.",
      retryAfter: 40,
    });
  });

  test("of damaged stored data is not a busy service", async () => {
    const problem = JSON.stringify({
      type: "/problems/snapshot_damaged",
      detail: "Damaged.",
      request_id: "r-1",
    });
    expect(await failureOf(answer(503, problem))).toEqual({
      kind: "damaged",
      detail: "Damaged.",
      requestId: "r-1",
    });
  });

  test("with retry-after says how long to wait", async () => {
    expect(await failureOf(answer(503, PROBLEM, { "retry-after": "5" }))).toMatchObject({ retryAfter: 5 });
  });
});
