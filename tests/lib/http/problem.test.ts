import { describe, expect, test } from "vitest";
import * as z from "zod";
import { internalError, PROBLEMS, type ProblemCode, ServiceError } from "../../../lib/errors.ts";
import { problemResponse } from "../../../lib/http/problem.ts";
import { REQUEST_ID } from "./events.ts";

const CODES = z
  .array(z.custom<ProblemCode>((code) => typeof code === "string" && code in PROBLEMS))
  .parse(Object.keys(PROBLEMS));
const ERRORS = [{ parameter: "end_date", code: "required", message: "end_date is required." }];
const RESELLERS = [{ reseller_id: "78e6e8a8-01b7-4a45-a227-471062f7fe52", reseller_name: "Northwind" }];

describe("a problem document", () => {
  test.each(CODES)(
    "of %s has the fields of RFC 9457 and the request id; only 400 has errors, only a result has resellers",
    (code) => {
      const { status, title } = PROBLEMS[code];
      const { statusCode, body } = problemResponse(
        new ServiceError(code, "Do this.", { errors: ERRORS, resellers: RESELLERS }),
        REQUEST_ID,
      );
      expect(statusCode).toBe(status);
      expect(JSON.parse(body)).toEqual({
        type: `/problems/${code}`,
        title,
        status,
        detail: "Do this.",
        request_id: REQUEST_ID,
        ...(status === 400 && { errors: ERRORS }),
        ...(code === "result_too_large" && { resellers: RESELLERS }),
      });
    },
  );

  test("has the headers of every answer, and those of its error", () => {
    const error = new ServiceError("engine_unavailable", "Later.", { headers: { "retry-after": "5" } });
    expect(problemResponse(error, REQUEST_ID).headers).toEqual({
      "content-type": "application/problem+json",
      "cache-control": "private, no-store",
      vary: "accept, accept-encoding, authorization",
      "x-request-id": REQUEST_ID,
      "retry-after": "5",
    });
  });

  test("contains no internal details", () => {
    const error = internalError("s3cret reason", new Error("s3cret cause", { cause: "s3cret" }));
    const response = JSON.stringify(problemResponse(error, REQUEST_ID));
    expect(response).not.toContain("s3cret");
    expect(response).not.toContain("stack");
    expect(response).not.toMatch(/\.ts\b|node:/);
  });
});

describe("the table of problems", () => {
  test.each<[ProblemCode, number]>([
    ["invalid_request", 400],
    ["range_too_large", 400],
    ["unauthenticated", 401],
    ["malformed_claim", 403],
    ["unknown_account", 403],
    ["not_found", 404],
    ["month_not_closed", 404],
    ["method_not_allowed", 405],
    ["not_acceptable", 406],
    ["body_too_large", 413],
    ["result_too_large", 413],
    ["unsupported_media_type", 415],
    ["too_many_queries", 429],
    ["internal_error", 500],
    ["snapshot_damaged", 503],
    ["engine_unavailable", 503],
    ["engine_timeout", 504],
  ])("has %s as %d", (code, status) => {
    expect(PROBLEMS[code].status).toBe(status);
  });

  test("is complete: every code has its status tested here", () => {
    expect(CODES).toHaveLength(17);
  });
});
