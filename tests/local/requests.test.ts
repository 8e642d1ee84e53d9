import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APRIL, BAKERY, DENTAL, id, LAKE, NORTH, SILENT, SOUTH } from "./fixture.ts";
import { type Answer, type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE);
});
afterAll(() => stack[Symbol.asyncDispose]());

const JSON_BODY = { "content-type": "application/json" };

function ask(request: AskOptions): Promise<Answer> {
  return stack.ask({ claim: [NORTH, SOUTH], ...request });
}

function post(body: unknown, headers: Record<string, string> = JSON_BODY, query = ""): Promise<Answer> {
  return ask({
    method: "POST",
    query,
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function organizationsOf({ status, text: body }: Answer): string[] {
  expect(status).toBe(200);
  const entries: { organization_id: string }[] = JSON.parse(body).data;
  return entries.map((entry) => entry.organization_id).sort();
}

function errorsOf({ status, text: body, headers }: Answer): string[] {
  expect(status).toBe(400);
  expect(headers.get("content-type")).toBe("application/problem+json");
  const { errors }: { errors: { parameter: string; code: string; message: string }[] } = JSON.parse(body);
  for (const { message } of errors) expect(message).toMatch(/\.$/);
  return errors.map(({ parameter, code }) => `${parameter}: ${code}`);
}

describe("every form of a list is read", () => {
  test.each([
    ["commas", `organization_ids=${DENTAL},${SILENT}`],
    ["brackets", `organization_ids[]=${DENTAL}&organization_ids[]=${SILENT}`],
    ["encoded brackets", `organization_ids%5B%5D=${DENTAL}&organization_ids%5b%5d=${SILENT}`],
    ["the plain key repeated", `organization_ids=${DENTAL}&organization_ids=${SILENT}`],
    ["forms mixed", `organization_ids=${DENTAL}&organization_ids[]=${SILENT}`],
    ["encoded commas", `organization_ids=${DENTAL}%2C${SILENT}`],
    ["upper case and the same twice", `organization_ids=${DENTAL.toUpperCase()},${DENTAL},${SILENT}`],
  ])("%s", async (_, filter) => {
    expect(organizationsOf(await ask({ query: `${APRIL}&${filter}` }))).toEqual([DENTAL, SILENT].sort());
  });

  test("a single bracketed value", async () => {
    expect(organizationsOf(await ask({ query: `${APRIL}&organization_ids[]=${DENTAL}` }))).toEqual([DENTAL]);
  });

  test("both filters apply together", async () => {
    const query = `${APRIL}&organization_ids=${DENTAL},${BAKERY}&reseller_ids=${SOUTH}`;
    expect(organizationsOf(await ask({ query }))).toEqual([BAKERY]);
  });
});

describe("an invalid request is refused as a whole", () => {
  test.each([
    ["", ["start_date: required", "end_date: required"]],
    ["?start_date=2026-04-01", ["end_date: required"]],
    ["?start_date=2026-02-29&end_date=2026-13-01", ["start_date: invalid_date", "end_date: invalid_date"]],
    [
      "?start_date=2026-4-1&end_date=2026-04-30T00:00:00Z",
      ["start_date: invalid_date", "end_date: invalid_date"],
    ],
    ["?start_date=２０２６-04-01&end_date=2026-04-30", ["start_date: invalid_date"]],
    ["?start_date=2026-04-30&end_date=2026-04-01", ["end_date: end_before_start"]],
    ["?start_date=2025-01-01&end_date=2026-01-02", ["end_date: range_too_long"]],
    ["?start_date=2019-12-31&end_date=2020-01-01", ["start_date: before_earliest_date"]],
    ["?start_date=2026-04-01&start_date=2026-04-02&end_date=2026-04-30", ["start_date: repeated"]],
    [`${APRIL}&organization_id=${DENTAL}`, ["organization_id: unknown_parameter"]],
    [`${APRIL}&Organization_ids=${DENTAL}`, ["Organization_ids: unknown_parameter"]],
    [`${APRIL}&foo=1&foo=2`, ["foo: unknown_parameter"]],
    [`${APRIL}&__proto__=${DENTAL}`, ["__proto__: unknown_parameter"]],
    [`${APRIL}&organization_ids=`, ["organization_ids: empty"]],
    [`${APRIL}&organization_ids[]=`, ["organization_ids: empty"]],
    [`${APRIL}&organization_ids=${DENTAL},`, ["organization_ids: invalid_uuid"]],
    [`${APRIL}&organization_ids=${DENTAL},%20${SILENT}`, ["organization_ids: invalid_uuid"]],
    [`${APRIL}&organization_ids=acme`, ["organization_ids: invalid_uuid"]],
    [`${APRIL}&organization_ids[0]=${DENTAL}`, ["organization_ids[0]: unsupported_form"]],
    [`${APRIL}&organization_ids[a][]=${DENTAL}`, ["organization_ids[a][]: unsupported_form"]],
    [
      "?start_date=x&end_date=y&reseller_ids=z&page=2",
      [
        "start_date: invalid_date",
        "end_date: invalid_date",
        "reseller_ids: invalid_uuid",
        "page: unknown_parameter",
      ],
    ],
  ])("%s", async (query, errors) => {
    expect(errorsOf(await ask({ query })).sort()).toEqual(errors.toSorted());
  });

  test("a range may have 366 days, from end to end of a leap year", async () => {
    const answer = await ask({ query: "?start_date=2024-01-01&end_date=2024-12-31", claim: [] });
    expect(answer.status).toBe(200);
  });

  test.each([
    ["no object", [], [": invalid_body"]],
    ["null", null, [": invalid_body"]],
    ["malformed", "{", [": malformed_json"]],
    [
      "giving a date twice, one of them nested in another's name",
      '{"start_date":"2026-03-01","start_d\\u0061te":"2026-04-01","end_date":"2026-04-30","x":{"end_date":1}}',
      ["start_date: repeated", "x: unknown_parameter"],
    ],
    [
      "reaching for a prototype",
      '{"start_date":"2026-03-01","end_date":"2026-04-30","__proto__":{}}',
      ["__proto__: unknown_parameter"],
    ],
    ["empty", "", [": malformed_json"]],
    ["a number as date", { start_date: 20260401, end_date: "2026-04-30" }, ["start_date: invalid_type"]],
    [
      "a text as list",
      { start_date: "2026-04-01", end_date: "2026-04-30", organization_ids: DENTAL },
      ["organization_ids: invalid_type"],
    ],
    [
      "null as list",
      { start_date: "2026-04-01", end_date: "2026-04-30", organization_ids: null },
      ["organization_ids: invalid_type"],
    ],
    [
      "an empty list",
      { start_date: "2026-04-01", end_date: "2026-04-30", reseller_ids: [] },
      ["reseller_ids: empty"],
    ],
    [
      "a number among ids",
      { start_date: "2026-04-01", end_date: "2026-04-30", reseller_ids: [NORTH, 5] },
      ["reseller_ids: invalid_uuid"],
    ],
    [
      "1,001 ids",
      {
        start_date: "2026-04-01",
        end_date: "2026-04-30",
        organization_ids: Array.from({ length: 1_001 }, (_, index) => id(index.toString(16))),
      },
      ["organization_ids: too_many"],
    ],
    [
      "an unknown member",
      { start_date: "2026-04-01", end_date: "2026-04-30", org: 1 },
      ["org: unknown_parameter"],
    ],
  ])("a body that is %s", async (_, body, errors) => {
    expect(errorsOf(await post(body))).toEqual(errors);
  });

  test("a POST with a query string", async () => {
    const body = { start_date: "2026-04-01", end_date: "2026-04-30" };
    expect(errorsOf(await post(body, JSON_BODY, APRIL))).toEqual([": query_string_with_body"]);
  });
});

describe("POST gives the same as GET", () => {
  test("with 1,000 ids, which no URL can contain, and to the byte for any request that both can express", async () => {
    const period = { start_date: "2026-04-01", end_date: "2026-04-30" };
    const [got, posted] = await Promise.all([
      ask({ query: `${APRIL}&organization_ids=${DENTAL},${BAKERY}` }),
      post({ ...period, organization_ids: [BAKERY, DENTAL.toUpperCase()] }),
    ]);
    expect(posted.text).toBe(got.text);
    const many = Array.from({ length: 999 }, (_, index) => id((0xf0000 + index).toString(16)));
    expect(organizationsOf(await post({ ...period, organization_ids: [DENTAL, ...many] }))).toEqual([DENTAL]);
  });

  test("with another content type, or none, it is a 415", async () => {
    const body = JSON.stringify({ start_date: "2026-04-01", end_date: "2026-04-30" });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", ""]) {
      expect((await post(body, { "content-type": type })).status).toBe(415);
    }
    expect((await post(body, { "content-type": "Application/JSON; charset=UTF-8" })).status).toBe(200);
  });

  test("with a body over 256 KiB it is a 413, and exactly that is accepted", async () => {
    const padded = (bytes: number) =>
      `{"start_date":"2026-04-01","end_date":"2026-04-30"}`.padEnd(bytes, " ");
    expect((await post(padded(262_144))).status).toBe(200);
    const refused = await post(padded(262_145));
    expect(refused.status).toBe(413);
    expect(JSON.parse(refused.text)).toMatchObject({ type: "/problems/body_too_large" });
  });
});

describe("formats and headers", () => {
  test.each([
    [undefined, 200, "application/json"],
    ["*/*", 200, "application/json"],
    ["application/json", 200, "application/json"],
    ["text/csv", 200, "text/csv; charset=utf-8; header=present"],
    ["text/csv; charset=utf-8; header=present", 200, "text/csv; charset=utf-8; header=present"],
    ["application/json; charset=utf-8", 200, "application/json"],
    [
      "text/csv;header=present;q=0.2, application/json;charset=utf-8;q=0.1",
      200,
      "text/csv; charset=utf-8; header=present",
    ],
    ["text/*;q=0.9, application/json;q=0.5", 200, "text/csv; charset=utf-8; header=present"],
    ["text/html, */*;q=0.1", 200, "application/json"],
    ["text/html", 406, "application/problem+json"],
    ["application/json;q=0, text/csv;q=0", 406, "application/problem+json"],
  ])("accept %s gives %i %s", async (accept, status, type) => {
    const answer = await ask({ query: APRIL, headers: accept === undefined ? {} : { accept } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
  });

  test("every answer, even an error, is private, varies by what it depends on, and has its request id", async () => {
    for (const answer of [await ask({ query: APRIL }), await ask({}), await ask({ method: "PUT" })]) {
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
      expect(answer.headers.get("vary")).toBe("accept, accept-encoding, authorization");
      expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("CSV names its file", async () => {
    const answer = await ask({ query: APRIL, headers: { accept: "text/csv" } });
    expect(answer.headers.get("content-disposition")).toBe(
      'attachment; filename="minutes-by-organization_2026-04-01_2026-04-30.csv"',
    );
  });

  test("gzip is used if accepted, with the same content", async () => {
    const token = await stack.token({ reseller_ids: [NORTH] });
    const [zipped, plain] = await Promise.all(["gzip", "gzip;q=0"].map((encoding) => raw(token, encoding)));
    expect(zipped?.encoding).toBe("gzip");
    expect(plain?.encoding).toBeUndefined();
    expect(gunzipSync(zipped?.body ?? "").toString()).toBe(plain?.body.toString());
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])(
    "%s is a 405 that names the allowed methods",
    async (method) => {
      const answer = await ask({ method, query: APRIL });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    },
  );
});

test("the log has the same hash for each request of a caller", async () => {
  const before = stack.log().length;
  await ask({ query: APRIL });
  await ask({ query: APRIL });
  const callers = [
    ...stack
      .log()
      .slice(before)
      .matchAll(/"caller":"([0-9a-f]{32})"/g),
  ];
  expect(callers).toHaveLength(2);
  expect(new Set(callers.map(([, caller]) => caller)).size).toBe(1);
});

describe("the gateway's own answers", () => {
  test.each([
    ["no token", {}],
    ["no JWT", { authorization: "Bearer x.y.z" }],
    [
      "a token of nobody's",
      { authorization: `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.` },
    ],
  ])("%s is a 401", async (_, headers) => {
    const response = await fetch(`${stack.url}/v1/reports/minutes-by-organization${APRIL}`, { headers });
    expect([response.status, await response.text()]).toEqual([401, '{"message":"Unauthorized"}']);
  });

  test("an expired token is a 401", async () => {
    const expired = await stack.token({ reseller_ids: [NORTH] }, -60);
    expect((await ask({ query: APRIL, headers: { authorization: `Bearer ${expired}` } })).status).toBe(401);
  });

  test("another path is a 404", async () => {
    const response = await fetch(`${stack.url}/v1/reports`);
    expect([response.status, await response.text()]).toEqual([404, '{"message":"Not Found"}']);
  });

  test("request line and headers may have 10,240 bytes", async () => {
    const filler = (bytes: number) => ({ "x-filler": "x".repeat(bytes) });
    expect((await ask({ query: APRIL, headers: filler(8_000) })).status).toBe(200);
    expect((await ask({ query: APRIL, headers: filler(10_000) })).status).toBe(431);
  });

  test("a body beyond a Lambda event's 6 MB is a 413", async () => {
    expect((await post("x".repeat(6 * 1024 * 1024))).status).toBe(413);
  });
});

/** Without the client's own decoding. */
async function raw(token: string, encoding: string): Promise<{ encoding: string | undefined; body: Buffer }> {
  const headers = { authorization: `Bearer ${token}`, "accept-encoding": encoding };
  const request = get(`${stack.url}/v1/reports/minutes-by-organization${APRIL}`, { headers });
  const [response]: IncomingMessage[] = await once(request, "response");
  if (response === undefined) throw new TypeError("no response");
  return { encoding: response.headers["content-encoding"], body: await buffer(response) };
}
