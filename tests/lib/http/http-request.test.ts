import { describe, expect, test } from "vitest";
import { parseHttpEvent, requireMethod, verifiedClaims } from "../../../lib/http/http-request.ts";
import { failureOf } from "../valid.ts";
import { gatewayEvent, REQUEST_ID, type Sent } from "./events.ts";

const NOW = 1_777_636_800_000;

function parsed(sent: Sent = {}) {
  return parseHttpEvent(gatewayEvent(sent), "report", () => NOW);
}

describe("an event", () => {
  test("of an HTTP API is accepted unchanged, with a record of its progress", () => {
    const request = parsed({ method: "POST", query: "a=1", headers: { accept: "text/csv" }, body: "{}" });
    expect(request.rawQueryString).toBe("a=1");
    expect(request.headers["accept"]).toBe("text/csv");
    expect(request.body).toBe("{}");
    expect(request.record.facts).toEqual({ requestId: REQUEST_ID, functionName: "report", method: "POST" });
  });

  const event = gatewayEvent({});
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a string", "{}"],
    ["a scheduled event", { "detail-type": "Scheduled Event", source: "aws.events", detail: {} }],
    ["payload format 1.0", { ...event, rawQueryString: undefined, queryStringParameters: {} }],
    ["no request context", { ...event, requestContext: undefined }],
    ["no method", { ...event, requestContext: { ...event.requestContext, http: {} } }],
  ])("of another kind (%s) is an internal error, never half a request", (_, other) => {
    expect(failureOf(() => parseHttpEvent(other, "report", () => NOW)).code).toBe("internal_error");
  });
});

describe("the claims", () => {
  test("are those that the gateway has verified", () => {
    expect(verifiedClaims(parsed({ claims: { sub: "portal", reseller_ids: "[a b]" } }))).toEqual({
      sub: "portal",
      reseller_ids: "[a b]",
    });
  });

  test("may have any names, even those of an object's own members", () => {
    const claims: Readonly<Record<string, unknown>> = JSON.parse('{"constructor":"a","https://x/y z":"b"}');
    expect(verifiedClaims(parsed({ claims }))).toEqual(claims);
  });

  test.each([
    [{}],
    [null],
    [{ jwt: {} }],
    [{ jwt: { claims: null } }],
    [{ jwt: { claims: "all" } }],
    [{ lambda: {} }],
  ])("are refused as unauthenticated if the authorizer has another form: %j", (authorizer) => {
    const sent = gatewayEvent({});
    const other = { ...sent, requestContext: { ...sent.requestContext, authorizer } };
    const request = parseHttpEvent(other, "report", () => NOW);
    expect(failureOf(() => verifiedClaims(request)).code).toBe("unauthenticated");
  });

  test("are refused as unauthenticated if they are missing: a missing authorizer fails closed", () => {
    expect(failureOf(() => verifiedClaims(parsed({ claims: null }))).code).toBe("unauthenticated");
    const headers = { authorization: "Bearer x", "x-claims": '{"reseller_ids":["a"]}' };
    expect(failureOf(() => verifiedClaims(parsed({ claims: null, headers }))).code).toBe("unauthenticated");
  });
});

describe("a method", () => {
  test.each(["GET", "POST"])("%s is allowed where it is listed", (method) => {
    expect(() => requireMethod(parsed({ method }), ["GET", "POST"])).not.toThrow();
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS", "get", "head", "", "TRACE"])(
    "%j is refused if it is not listed, and the answer lists the allowed ones",
    (method) => {
      const error = failureOf(() => requireMethod(parsed({ method }), ["GET", "POST"]));
      expect(error.code).toBe("method_not_allowed");
      expect(error.headers).toEqual({ allow: "GET, HEAD, POST" });
    },
  );

  test("HEAD becomes a GET wherever GET is allowed", () => {
    const head = parsed({ method: "HEAD" });
    expect([head.requestContext.http.method, head.isHead]).toEqual(["GET", true]);
    expect(parsed({ method: "GET" }).isHead).toBe(false);
    expect(() => requireMethod(head, ["GET"])).not.toThrow();
    expect(failureOf(() => requireMethod(head, ["POST"])).headers).toEqual({ allow: "POST" });
  });

  test.each(["GET", "HEAD"])("%s is refused with a body, which could contradict the query", (method) => {
    const error = failureOf(() => requireMethod(parsed({ method, body: "{}" }), ["GET", "POST"]));
    expect(error.code).toBe("invalid_request");
    expect(error.errors).toMatchObject([{ parameter: "", code: "unexpected_body" }]);
    expect(() => requireMethod(parsed({ method, body: "" }), ["GET"])).not.toThrow();
  });
});
