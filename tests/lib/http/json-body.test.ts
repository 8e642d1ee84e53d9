import middy from "@middy/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HttpRequest, parseHttpEvent } from "../../../lib/http/http-request.ts";
import { jsonBodyOfPost } from "../../../lib/http/json-body.ts";
import { anyText } from "../arbitraries.ts";
import { rejectionOf } from "../valid.ts";
import { gatewayEvent, invocation, type Sent } from "./events.ts";

const JSON_TYPE = { "content-type": "application/json" };
const LIMIT = 262_144;

/** The body as the handler gets it. */
async function parsed(sent: Sent): Promise<unknown> {
  const handler = middy<HttpRequest, unknown>({ timeoutEarlyInMillis: 0 })
    .use(jsonBodyOfPost(() => ["start_date", "end_date"]))
    .handler(async ({ body }: HttpRequest) => ({ body }));
  const answer: unknown = await handler(
    parseHttpEvent(gatewayEvent(sent), "report", () => 0),
    invocation(),
  );
  return typeof answer === "object" && answer !== null && "body" in answer ? answer.body : undefined;
}

function post(body: string | undefined, headers: Readonly<Record<string, string>> = JSON_TYPE): Sent {
  return { method: "POST", headers, ...(body !== undefined && { body }) };
}

async function codeOf(sent: Sent): Promise<string> {
  return (await rejectionOf(parsed(sent))).code;
}

describe("the body of a POST", () => {
  test("is parsed for any JSON, in plain text and in base64", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.boolean(), async (value, isBase64Encoded) => {
        const text = JSON.stringify(value).replaceAll("__proto__", "proto");
        const body = isBase64Encoded ? Buffer.from(text).toString("base64") : text;
        expect(await parsed({ ...post(body), isBase64Encoded })).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json ; charset="utf-8" ',
  ])("may be declared as %s", async (type) => {
    expect(await parsed(post("{}", { "content-type": type }))).toEqual({});
  });

  test.each([
    ["none", {}],
    ["an empty one", { "content-type": "" }],
    ["plain text", { "content-type": "text/plain" }],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["other JSON", { "content-type": "application/problem+json" }],
    ["another charset", { "content-type": "application/json; charset=latin1" }],
    ["two types", { "content-type": "application/json, text/plain" }],
    ["a longer name", { "content-type": "application/jsonx" }],
    ["gzip", { ...JSON_TYPE, "content-encoding": "gzip" }],
  ])("of another media type (%s) is a 415, which names the right one", async (_, headers) => {
    const error = await rejectionOf(parsed(post("{}", headers)));
    expect(error.code).toBe("unsupported_media_type");
    expect(error.headers).toEqual({ "accept-post": "application/json" });
  });

  test.each(["", " ", "{", "[1,]", "{'a':1}", "{a:1}", "undefined", "NaN", '{"a":1}x', "\ufeff{}", "//\n{}"])(
    "that is not JSON (%j) is a 400, like every other invalid request",
    async (body) => {
      const error = await rejectionOf(parsed(post(body)));
      expect(error.code).toBe("invalid_request");
      expect(error.errors).toEqual([expect.objectContaining({ parameter: "", code: "malformed_json" })]);
    },
  );

  test("that is missing is a 400", async () => {
    expect(await codeOf(post(undefined))).toBe("invalid_request");
  });

  test("that would change every object's prototype is a 400", async () => {
    expect(await codeOf(post('{"__proto__":{"reseller_ids":[]}}'))).toBe("invalid_request");
  });

  test("is parsed or a 400, for any text", async () => {
    const text = fc.oneof(
      anyText,
      fc.json(),
      fc.json().map((json) => json.slice(0, -1)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        fc.pre(!/__proto__|prototype/.test(body));
        expect(await parsed(post(body)).catch(rejectedCode)).toEqual(valueOf(body));
      }),
    );
  });

  test("that is nested as deeply as its size allows does no harm", async () => {
    const outcome = await parsed(post("[".repeat(LIMIT / 2) + "]".repeat(LIMIT / 2))).catch(rejectedCode);
    expect(outcome === "invalid_request" || Array.isArray(outcome)).toBe(true);
  });

  test("may have 262,144 bytes and not one more, however it is encoded", async () => {
    const fits = `"${"é".repeat((LIMIT - 2) / 2)}"`;
    expect(Buffer.byteLength(fits)).toBe(LIMIT);
    expect(await parsed(post(fits))).toHaveLength((LIMIT - 2) / 2);
    expect(await codeOf(post(`${fits} `))).toBe("body_too_large");
    const encoded = (text: string): Sent => ({
      ...post(Buffer.from(text).toString("base64")),
      isBase64Encoded: true,
    });
    expect(await parsed(encoded(fits))).toHaveLength((LIMIT - 2) / 2);
    expect(await codeOf(encoded(`${fits} `))).toBe("body_too_large");
  });
});

describe("the body of another method", () => {
  test.each(["GET", "HEAD", "PUT", "DELETE"])("(%s) is ignored", async (method) => {
    expect(await parsed({ method, body: "{not json" })).toBe("{not json");
    expect(await parsed({ method })).toBeUndefined();
  });
});

/** The value of the text, or the code of its refusal. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return "invalid_request";
  }
}

function rejectedCode(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : error;
}
