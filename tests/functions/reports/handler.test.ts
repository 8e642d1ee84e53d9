import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { PROBLEMS, type ProblemCode, ServiceError } from "../../../lib/errors.ts";
import { anyDay, anyUuid } from "../../lib/arbitraries.ts";
import { REQUEST_ID, type Sent } from "../../lib/http/events.ts";
import { queryCells } from "../../lib/usage/cells.ts";
import { valuesFor } from "../../lib/usage/placeholders.ts";
import { uuid, uuids } from "../../lib/valid.ts";
import { NOW, startService } from "./service.ts";

const [R1, R2, STRANGER] = [uuid("a1"), uuid("a2"), uuid("a3")];
const [O, A] = [uuid("b1"), uuid("c1")];
const PERIOD = { start_date: "2026-04-01", end_date: "2026-04-30" };
const DATES = "start_date=2026-04-01&end_date=2026-04-30";
const CLAIMS = { sub: "portal", reseller_ids: `[${R1} ${R2}]` };
const JSON_TYPE = { "content-type": "application/json" };

/** One organization with one agent, an hour. */
const RESULT = [
  queryCells({ reseller_id: R1, name: "Northwind Voice" }),
  queryCells({ reseller_id: R1, organization_id: O, name: "Acme Dental" }),
  queryCells({ reseller_id: R1, organization_id: O, agent_id: A, seconds: "3600", name: "=Front desk" }),
  queryCells({ seconds: "3600", figures: "3" }),
];
const EMPTY = JSON.stringify({ data: [], period: PERIOD });

const invalid = z.object({ errors: z.array(z.object({ parameter: z.string() })) });

function get(query: string, more: Sent = {}): Sent {
  return { query: `${DATES}&${query}`.replace(/&$/, ""), claims: CLAIMS, ...more };
}

function post(body: unknown, more: Sent = {}): Sent {
  return { method: "POST", headers: JSON_TYPE, claims: CLAIMS, body: JSON.stringify(body), ...more };
}

/** The answer to one request, and its effects. */
async function ask(sent: Sent, setup: Parameters<typeof startService>[0] = { result: RESULT }) {
  const service = startService(setup);
  return {
    ...(await service.send(sent)),
    queries: service.queries,
    lines: service.lines,
    options: service.options,
  };
}

function problemIn(body: string): unknown {
  return JSON.parse(body);
}

describe("a report", () => {
  test("is JSON, with the headers of every answer", async () => {
    const { status, headers, body } = await ask(get(""));
    expect(status).toBe(200);
    expect(headers).toEqual({
      "content-type": "application/json",
      "cache-control": "private, no-store",
      vary: "accept, accept-encoding, authorization",
      "x-request-id": REQUEST_ID,
      "strict-transport-security": "max-age=63072000",
      "x-content-type-options": "nosniff",
    });
    expect(JSON.parse(body)).toEqual({
      data: [
        {
          organization_id: O,
          organization_name: "Acme Dental",
          reseller_id: R1,
          reseller_name: "Northwind Voice",
          total_voice_minutes: 60,
          agent_count: 1,
          agents: [{ agent_id: A, agent_name: "=Front desk", voice_minutes: 60 }],
        },
      ],
      period: PERIOD,
    });
  });

  test("is CSV if the caller prefers it, with a file name that contains the period", async () => {
    const { status, headers, body } = await ask(get("", { headers: { accept: "text/csv" } }));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="minutes-by-organization_2026-04-01_2026-04-30.csv"',
      "cache-control": "private, no-store",
    });
    expect(parse(body, { columns: true })).toEqual([
      expect.objectContaining({ agent_id: A, agent_name: "'=Front desk", voice_seconds: "3600", ...PERIOD }),
    ]);
  });

  test("is gzipped with the same content if that is accepted and worthwhile", async () => {
    const agents = uuids(100).map((agent_id) =>
      queryCells({ reseller_id: R1, organization_id: O, agent_id, seconds: "1" }),
    );
    const result = [...agents, queryCells({ seconds: "100", figures: "100" })];
    const plain = await ask(get(""), { result });
    const gzipped = await ask(get("", { headers: { "accept-encoding": "gzip, br" } }), { result });
    expect([plain.isGzipped, gzipped.isGzipped]).toEqual([false, true]);
    expect(gzipped.headers["content-encoding"]).toBe("gzip");
    expect(gzipped.body).toBe(plain.body);
    const small = await ask(get("", { headers: { "accept-encoding": "gzip" } }));
    expect(small.isGzipped).toBe(false);
  });

  test("has the same bytes and query by POST as by GET", async () => {
    const someIds = fc.option(fc.uniqueArray(anyUuid, { minLength: 1, maxLength: 5 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        anyDay,
        fc.nat(365),
        someIds,
        someIds,
        async (start, days, organizations, resellers) => {
          const end = new Date(Date.parse(start) + days * 86_400_000).toISOString().slice(0, 10);
          const body = {
            start_date: start,
            end_date: end,
            organization_ids: organizations,
            reseller_ids: resellers,
          };
          const query = Object.entries(body).flatMap(([name, value]) =>
            value === undefined ? [] : `${name}=${String(value)}`,
          );
          const claims = { reseller_ids: [R1, ...(resellers ?? [])] };
          const byGet = await ask({ query: query.join("&"), claims }, {});
          const byPost = await ask(post(body, { claims }), {});
          expect(byGet.status).toBe(200);
          expect(byPost.body).toBe(byGet.body);
          expect(byPost.headers).toEqual(byGet.headers);
          expect(byPost.queries.map(asText)).toEqual(byGet.queries.map(asText));
        },
      ),
    );
  });

  test("uses one query, with the claim's resellers and the filter's organizations", async () => {
    const { queries } = await ask(get(`organization_ids=${O}`));
    const [query = { text: "", parameters: [] }, ...more] = queries;
    expect(more).toEqual([]);
    expect(valuesFor("reseller_id", query)).toEqual(new Set([R1, R2]));
    expect(valuesFor("organization_id", query)).toEqual(new Set([O]));
    expect(valuesFor("dt", query)).toEqual(new Set(["2026-04-01", "2026-04-30"]));
  });

  test.each([
    [29_000, 27_500],
    [10_000, 8_500],
  ])("gives its query the rest of %d ms, minus the time for the answer", async (remaining, expected) => {
    const service = startService();
    await service.send(get(""), remaining);
    expect(service.options[0]?.deadline).toBe(NOW + expected);
  });
});

describe("a caller without resellers", () => {
  test.each([
    ["missing", {}],
    ["null", { reseller_ids: null }],
    ["empty", { reseller_ids: "" }],
    ["an empty array", { reseller_ids: "[]" }],
  ])("gets an empty report without a query (the claim is %s)", async (_, claims) => {
    const { status, body, queries } = await ask(get("", { claims }));
    expect([status, body, queries]).toEqual([200, EMPTY, []]);
  });

  test("still gets an error for an invalid request", async () => {
    expect((await ask({ query: "start_date=2026-02-30", claims: {} })).status).toBe(400);
  });

  test("is counted if the claim is missing, because a mistyped claim name looks like that", async () => {
    const counted = async (claims: Sent["claims"] & object) =>
      (await ask(get("", { claims }))).lines.join("");
    expect(await counted({ sub: "portal" })).toContain('"MissingResellerClaim":1');
    expect(await counted({ reseller_ids: "" })).toContain('"MissingResellerClaim":0');
    expect(await counted(CLAIMS)).toContain('"MissingResellerClaim":0');
  });

  test("is one whose token names resellers only in another claim", async () => {
    const claims = { resellers: R1, Reseller_ids: R1, "reseller_ids ": R1, scope: "reseller_ids" };
    const { body, queries } = await ask(get("", { claims }));
    expect([body, queries]).toEqual([EMPTY, []]);
  });

  test("does not come from a property that every object inherits", async () => {
    for (const resellerClaim of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      const { status, body, queries } = await ask(get("", { claims: {} }), { resellerClaim });
      expect([status, body, queries]).toEqual([200, EMPTY, []]);
    }
  });
});

describe("the name of the claim", () => {
  test("may look like a URL", async () => {
    const resellerClaim = "https://example.com/claims/resellers";
    const { queries } = await ask(get("", { claims: { [resellerClaim]: [R1] } }), {
      result: RESULT,
      resellerClaim,
    });
    expect(queries.map((query) => valuesFor("reseller_id", query))).toEqual([new Set([R1])]);
  });
});

describe("a reseller filter", () => {
  test("narrows the claim", async () => {
    const { queries } = await ask(get(`reseller_ids=${R2},${STRANGER}`));
    expect(queries.map((query) => valuesFor("reseller_id", query))).toEqual([new Set([R2])]);
  });

  test("starts no query for resellers of others, and answers them like resellers that do not exist", async () => {
    const exists = await ask(get(`reseller_ids=${STRANGER}`));
    const doesNot = await ask(get(`reseller_ids=${uuid("ff")}`));
    expect(exists.queries).toEqual([]);
    expect(exists.status).toBe(200);
    expect(exists.body).toBe(EMPTY);
    expect([doesNot.status, doesNot.headers, doesNot.body]).toEqual([
      exists.status,
      exists.headers,
      exists.body,
    ]);
  });
});

describe("a request that is refused", () => {
  test.each<[string, Sent, ProblemCode]>([
    ["without verified claims", get("", { claims: null }), "unauthenticated"],
    ["with a malformed claim", get("", { claims: { reseller_ids: `${R1},*` } }), "malformed_claim"],
    ["by PUT", get("", { method: "PUT" }), "method_not_allowed"],
    ["with a body of a GET", get("", { body: "{}" }), "invalid_request"],
    ["by DELETE without claims", get("", { method: "DELETE", claims: null }), "method_not_allowed"],
    ["for another format", get("", { headers: { accept: "application/xml" } }), "not_acceptable"],
    [
      "with another media type",
      post(PERIOD, { headers: { "content-type": "text/plain" } }),
      "unsupported_media_type",
    ],
    ["with too large a body", post({ ...PERIOD, x: "x".repeat(262_144) }), "body_too_large"],
    ["with a body that is not JSON", post(PERIOD, { body: "{" }), "invalid_request"],
    ["with a body that is not an ", post([PERIOD]), "invalid_request"],
    ["without dates", get("", { query: "" }), "invalid_request"],
    ["with a typo", get(`organisation_ids=${O}`), "invalid_request"],
    [
      "with a date twice in its body",
      post(PERIOD, { body: `{"start_date":"2026-04-01",${JSON.stringify(PERIOD).slice(1)}` }),
      "invalid_request",
    ],
    [
      "with a filter twice in its body",
      post(PERIOD, {
        body: `{"reseller_ids":["${R1}"],"reseller_ids":["${R2}"],${JSON.stringify(PERIOD).slice(1)}`,
      }),
      "invalid_request",
    ],
    [
      "with a member that could reach a prototype",
      post(PERIOD, { body: `{"__proto__":{},${JSON.stringify(PERIOD).slice(1)}` }),
      "invalid_request",
    ],
    ["with a query string and a body", post(PERIOD, { query: `reseller_ids=${R1}` }), "invalid_request"],
  ])("%s starts no query and says why", async (_, sent, code) => {
    const { status, headers, body, queries, lines } = await ask(sent);
    expect(status).toBe(PROBLEMS[code].status);
    expect(headers).toMatchObject({
      "content-type": "application/problem+json",
      "cache-control": "private, no-store",
      vary: "accept, accept-encoding, authorization",
      "x-request-id": REQUEST_ID,
    });
    expect(problemIn(body)).toMatchObject({ type: `/problems/${code}`, status, request_id: REQUEST_ID });
    expect(queries).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  test("is refused for missing claims before its body is read", async () => {
    const { status } = await ask(post(PERIOD, { claims: null, headers: {} }));
    expect(status).toBe(401);
  });

  test("lists the allowed methods for another method", async () => {
    expect((await ask(get("", { method: "PUT" }))).headers["allow"]).toBe("GET, HEAD, POST");
  });

  test("lists everything that is wrong with it", async () => {
    const { body } = await ask({ query: "start_date=x&organization_ids[0]=1&limit=5", claims: CLAIMS });
    const { errors } = invalid.parse(JSON.parse(body));
    expect(errors.map(({ parameter }) => parameter).toSorted()).toEqual([
      "end_date",
      "limit",
      "organization_ids[0]",
      "start_date",
    ]);
  });
});

describe("a query that fails", () => {
  test.each<[ProblemCode, string]>([
    ["engine_unavailable", "5"],
    ["engine_timeout", ""],
    ["range_too_large", ""],
    ["internal_error", ""],
  ])("(%s) is that problem, never an empty report", async (code, retryAfter) => {
    const headers = retryAfter === "" ? {} : { "retry-after": retryAfter };
    const error = new ServiceError(code, "Do this.", { headers, cause: new Error("s3cret") });
    const answer = await ask(get(""), { result: error });
    expect(answer.status).toBe(PROBLEMS[code].status);
    expect(answer.headers["retry-after"] ?? "").toBe(retryAfter);
    expect(problemIn(answer.body)).toMatchObject({ type: `/problems/${code}`, detail: "Do this." });
    expect(answer.body).not.toContain("s3cret");
    expect(answer.lines.join("")).toContain("s3cret");
  });

  test("in an unexpected way is a 500 that hides the reason", async () => {
    const answer = await ask(get(""), { result: new TypeError("s3cret") });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain("s3cret");
  });

  test.each([
    ["lost its total", RESULT.slice(0, -1)],
    ["lost a row", RESULT.toSpliced(2, 1)],
    [
      "has a row twice",
      [...RESULT.slice(0, -1), ...RESULT.slice(2, 3), queryCells({ seconds: "7200", figures: "4" })],
    ],
    ["is empty", []],
    [
      "has a row of another reseller",
      [
        queryCells({ reseller_id: STRANGER, organization_id: O, seconds: "60" }),
        queryCells({ seconds: "60", figures: "1" }),
      ],
    ],
  ])("is a 500 if its result %s, never a smaller report", async (_, result) => {
    const answer = await ask(get(""), { result });
    expect(answer.status).toBe(500);
    expect(problemIn(answer.body)).toMatchObject({ type: "/problems/internal_error" });
  });
});

describe("the line of a request in the log", () => {
  test("contains no token, claim, filter or name", async () => {
    const secret = uuid("5ec4e7");
    const { lines } = await ask(
      get(`organization_ids=${O}&reseller_ids=${R1},${secret}`, {
        headers: { authorization: "Bearer s3cret" },
      }),
    );
    const line = lines.join("");
    for (const told of ["s3cret", R1, R2, secret, O, A, "Acme", "Northwind", "Front desk", "portal"]) {
      expect(line).not.toContain(told);
    }
  });

  test("contains nothing of a refused claim", async () => {
    const { lines } = await ask(get("", { claims: { reseller_ids: [R1, "s3cret"] } }));
    expect(lines.join("")).not.toContain("s3cret");
    expect(lines.join("")).not.toContain(R1);
    expect(lines.join("")).toContain("malformed_claim");
  });
});

function asText({ text, parameters }: { text: string; parameters: readonly string[] }) {
  return { text, parameters };
}
