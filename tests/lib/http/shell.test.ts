import middy from "@middy/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { ServiceError } from "../../../lib/errors.ts";
import type { HttpRequest } from "../../../lib/http/http-request.ts";
import type { Response } from "../../../lib/http/response.ts";
import { httpShell } from "../../../lib/http/shell.ts";
import { gatewayEvent, invocation, REQUEST_ID } from "./events.ts";

const answered = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** Sends an event through the shell to a handler; returns the answer and the log lines. */
async function send(
  handle: (event: HttpRequest) => Response,
  event: unknown = gatewayEvent({}),
  callerHashKey?: string,
) {
  const lines: unknown[] = [];
  let clock = 1_000;
  const handler = middy<HttpRequest, Response>({ timeoutEarlyInMillis: 0 })
    .use(
      httpShell({
        now: () => (clock += 5),
        write: (line) => void lines.push(JSON.parse(line)),
        callerHashKey,
      }),
    )
    .handler(async (request: HttpRequest) => handle(request));
  // Called like Lambda, with any event.
  const answer: unknown = await Reflect.apply(handler, undefined, [event, invocation()]);
  return { answer: answered.parse(answer), lines };
}

function failing(error: unknown): () => Response {
  return () => {
    throw error;
  };
}

const SECURITY = { "strict-transport-security": "max-age=63072000", "x-content-type-options": "nosniff" };

const OK: Response = { statusCode: 200, headers: {}, body: "{}" };

describe("a request", () => {
  test("that is answered is one line of the log", async () => {
    const { answer, lines } = await send(() => OK);
    expect(answer).toEqual({ ...OK, headers: SECURITY });
    expect(lines).toEqual([
      expect.objectContaining({
        level: "info",
        request_id: REQUEST_ID,
        method: "GET",
        status: 200,
        ResponseBytes: 2,
      }),
    ]);
  });

  test("has the security headers on its answer, even on an error", async () => {
    expect((await send(() => OK)).answer.headers).toMatchObject(SECURITY);
    expect((await send(failing(new TypeError()))).answer.headers).toMatchObject(SECURITY);
    expect((await send(() => OK, {})).answer.headers).toMatchObject(SECURITY);
  });

  test.each([
    ["an answer", () => ({ ...OK, body: "H4sI", isBase64Encoded: true }), 200],
    ["an error", failing(new ServiceError("not_found", "Nothing is here.")), 404],
  ])("by HEAD has the headers of %s and no body", async (_, handle, status) => {
    const { answer: got } = await send(handle);
    const { answer, lines } = await send(handle, gatewayEvent({ method: "HEAD" }));
    expect(answer).toEqual({ ...got, statusCode: status, body: "" });
    expect(lines).toEqual([expect.objectContaining({ method: "HEAD", status, ResponseBytes: 0 })]);
  });

  test.each([
    ["without headers", { headers: undefined }],
    ["with null for its headers", { headers: null }],
    ["with null for its path parameters", { pathParameters: null }],
    ["with null for its encoding", { isBase64Encoded: null }],
  ])("%s is an ordinary one", async (_, changes) => {
    const { answer } = await send(
      ({ headers }) => ({ ...OK, body: JSON.stringify(headers["accept"] ?? null) }),
      { ...gatewayEvent({}), ...changes },
    );
    expect([answer.statusCode, answer.body]).toEqual([200, "null"]);
  });

  test("logs what its handler adds", async () => {
    const { lines } = await send(({ record }) => {
      record.add({ queryExecutionId: "q", missingResellerClaim: true });
      return OK;
    });
    expect(lines).toEqual([expect.objectContaining({ query_execution_id: "q", MissingResellerClaim: 1 })]);
  });

  test("names its caller in the log by a keyed hash of the token's subject, never by the subject", async () => {
    const sent = gatewayEvent({ claims: { sub: "jane@example.com", reseller_ids: "[]" } });
    const { lines } = await send(() => OK, sent, "0123456789abcdef0123456789abcdef");
    // printf %s jane@example.com | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    expect(lines).toEqual([expect.objectContaining({ caller: "e54ecd8285defd5c7a03f9025dba8098" })]);
    expect(JSON.stringify(lines)).not.toContain("jane");
    const other = gatewayEvent({ claims: { sub: "john@example.com" } });
    expect(await send(() => OK, other, "0123456789abcdef0123456789abcdef")).not.toMatchObject({ lines });
  });

  test.each([
    ["no key", { sub: "jane" }, undefined],
    ["no subject", {}, "0123456789abcdef0123456789abcdef"],
    ["a subject that is not text", { sub: ["jane"] }, "0123456789abcdef0123456789abcdef"],
    ["no token", null, "0123456789abcdef0123456789abcdef"],
  ])("names no caller with %s", async (_, claims, key) => {
    const { lines } = await send(() => OK, gatewayEvent({ claims }), key);
    expect(lines).toEqual([expect.not.objectContaining({ caller: expect.anything() })]);
  });

  test("that fails gets its problem document, and one log line with the reason", async () => {
    const error = new ServiceError("engine_unavailable", "Come back later.", {
      headers: { "retry-after": "5" },
      cause: new Error("Rate exceeded"),
    });
    const { answer, lines } = await send(failing(error));
    expect(answer.statusCode).toBe(503);
    expect(answer.headers).toMatchObject({ "retry-after": "5", "content-type": "application/problem+json" });
    expect(JSON.parse(answer.body)).toMatchObject({ detail: "Come back later.", request_id: REQUEST_ID });
    expect(lines).toEqual([
      expect.objectContaining({
        level: "error",
        status: 503,
        code: "engine_unavailable",
        causes: [expect.objectContaining({ message: "Rate exceeded" })],
      }),
    ]);
  });

  test("keeps in its line what was known when it failed", async () => {
    const { lines } = await send(({ record }) => {
      record.add({ bytesScanned: 7 });
      throw new ServiceError("range_too_large", "Ask for less.");
    });
    expect(lines).toEqual([
      expect.objectContaining({ BytesScanned: 7, status: 400, request_id: REQUEST_ID }),
    ]);
  });

  test.each<[string, unknown]>([
    ["an error", new TypeError("s3cret of undefined")],
    ["text", "s3cret"],
    ["nothing", undefined],
    ["an error that calls itself 404", Object.assign(new Error("s3cret"), { statusCode: 404, expose: true })],
  ])("whose handler throws %s is a 500 that hides it", async (_, thrown) => {
    const { answer, lines } = await send(failing(thrown));
    expect(answer.statusCode).toBe(500);
    expect(JSON.stringify(answer)).not.toContain("s3cret");
    expect(JSON.parse(answer.body)).toMatchObject({
      type: "/problems/internal_error",
      request_id: REQUEST_ID,
    });
    expect(lines).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ["a scheduled event", { "detail-type": "Scheduled Event" }],
    ["an empty one", {}],
    ["text", "hello"],
  ])("that is not a request (%s) is a 500 with the invocation's own id", async (_, event) => {
    const { answer, lines } = await send(() => OK, event);
    expect(answer.statusCode).toBe(500);
    expect(answer.headers["x-request-id"]).toBe(invocation().awsRequestId);
    expect(lines).toEqual([
      expect.objectContaining({ code: "internal_error", request_id: invocation().awsRequestId }),
    ]);
  });
});
