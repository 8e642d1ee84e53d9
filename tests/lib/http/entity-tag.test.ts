import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withEntityTag } from "../../../lib/http/entity-tag.ts";
import { commonHeaders, csvHeaders, okResponse, type Response } from "../../../lib/http/response.ts";
import { anyText } from "../arbitraries.ts";
import { REQUEST_ID } from "./events.ts";

const JSON_TYPE = { "content-type": "application/json" };
const RESPONSE: Response = {
  statusCode: 200,
  headers: { ...JSON_TYPE, ...commonHeaders(REQUEST_ID, "no-cache") },
  body: '{"data":[]}',
};
const AUDIENCE = [["r1", "r2"], "2026-04", 1];

function tagOf(response = RESPONSE, audience: unknown = AUDIENCE): string {
  return withEntityTag(response, undefined, audience).headers["etag"] ?? "";
}

function statusFor(ifNoneMatch: string | undefined): number {
  return withEntityTag(RESPONSE, ifNoneMatch, AUDIENCE).statusCode;
}

describe("an entity tag", () => {
  test("is a strong one, added to the unchanged answer", () => {
    const answer = withEntityTag(RESPONSE, undefined, AUDIENCE);
    expect(answer).toEqual({ ...RESPONSE, headers: { ...RESPONSE.headers, etag: tagOf() } });
    expect(tagOf()).toMatch(/^"[\w-]{32}"$/);
  });

  test("is the same for the same answer with another request id", () => {
    const again = { ...RESPONSE, headers: { ...JSON_TYPE, ...commonHeaders("another request", "no-cache") } };
    expect(tagOf(again)).toBe(tagOf());
  });

  test.each<[string, Response, unknown]>([
    ["body", { ...RESPONSE, body: '{"data":[ ]}' }, AUDIENCE],
    ["format", { ...RESPONSE, headers: { ...RESPONSE.headers, "content-type": "text/csv" } }, AUDIENCE],
    ["encoding", { ...RESPONSE, headers: { ...RESPONSE.headers, "content-encoding": "gzip" } }, AUDIENCE],
    ["scope", RESPONSE, [["r1"], "2026-04", 1]],
    ["empty scope", RESPONSE, [[], "2026-04", 1]],
    ["month", RESPONSE, [["r1", "r2"], "2026-05", 1]],
    ["revision", RESPONSE, [["r1", "r2"], "2026-04", 2]],
    ["cut of the scope", RESPONSE, [["r1r2"], "2026-04", 1]],
  ])("differs for another %s", (_, response, audience) => {
    expect(tagOf(response, audience)).not.toBe(tagOf());
  });

  test("distinguishes an answer from its gzipped form", async () => {
    const [plain, zipped] = await Promise.all(
      [false, true].map((takesGzip) => okResponse(["x".repeat(2_000)], RESPONSE.headers, takesGzip)),
    );
    expect(tagOf(plain)).not.toBe(tagOf(zipped));
  });

  test("differs if the body or the audience differs", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (bodyA, bodyB, audienceA, audienceB) => {
        const isSame =
          tagOf({ ...RESPONSE, body: bodyA }, audienceA) === tagOf({ ...RESPONSE, body: bodyB }, audienceB);
        expect(isSame).toBe(bodyA === bodyB && audienceA === audienceB);
      }),
    );
  });
});

describe("a caller that already has the answer", () => {
  test.each([
    ["by its tag", (tag: string) => tag],
    ["by a tag that a proxy has marked weak", (tag: string) => `W/${tag}`],
    ["by any tag", () => "*"],
    ["among others", (tag: string) => `"another", W/"third",${tag} , "last"`],
    ["without blanks", (tag: string) => `"another",${tag}`],
  ])("gets a 304, %s", (_, headerOf) => {
    expect(statusFor(headerOf(tagOf()))).toBe(304);
  });

  test("gets no body, and no header that describes one", async () => {
    const headers = { ...csvHeaders("minutes.csv"), ...commonHeaders(REQUEST_ID, "no-cache") };
    const response = await okResponse(["x".repeat(2_000)], headers, true);
    expect(response.headers).toHaveProperty("content-encoding");
    const answer = withEntityTag(response, "*", AUDIENCE);
    expect(answer).toEqual({
      statusCode: 304,
      headers: { ...commonHeaders(REQUEST_ID, "no-cache"), etag: tagOf(response) },
      body: "",
    });
  });

  test.each<[string, (tag: string) => string | undefined]>([
    ["no header", () => undefined],
    ["an empty header", () => ""],
    ["another tag", () => '"another"'],
    ["the tag without its quotes", (tag) => tag.replaceAll('"', "")],
    ["a part of the tag", (tag) => `${tag.slice(0, -2)}"`],
    ["the tag within another", (tag) => `"x${tag.slice(1)}`],
    ["a star in quotes", () => '"*"'],
    ["a weak mark in lower case", (tag) => `w/${tag}`],
  ])("must name the tag: %s gives the answer", (_, headerOf) => {
    expect(statusFor(headerOf(tagOf()))).toBe(200);
  });

  test("is recognized by no other header", () => {
    fc.assert(
      fc.property(anyText, (header) => {
        fc.pre(!header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === "*"));
        expect(statusFor(header)).toBe(200);
      }),
    );
  });
});
