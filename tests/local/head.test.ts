import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APRIL, LAKE, NORTH } from "./fixture.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

let stack: TestStack;
let token: string;
beforeAll(async () => {
  stack = await stackOver(LAKE);
  token = await stack.token({ reseller_ids: [NORTH] });
});
afterAll(() => stack[Symbol.asyncDispose]());

const REPORT = `/v1/reports/minutes-by-organization${APRIL}`;

function send(path: string, method: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(stack.url + path, { method, headers: { authorization: `Bearer ${token}`, ...headers } });
}

/** The headers that a HEAD must have too. */
function comparable(headers: Headers): [string, string][] {
  return Array.from(headers).filter(([name]) => !OTHERWISE.has(name));
}

/** Headers of a single request, and of a body. */
const OTHERWISE = new Set(
  "x-request-id apigw-requestid date content-length content-encoding connection keep-alive transfer-encoding".split(
    " ",
  ),
);

describe("HEAD", () => {
  test.each([
    ["/docs", 200],
    ["/openapi.json", 200],
    ["/docs/none", 404],
    [REPORT, 200],
    ["/v1/reports/minutes-by-organization?start_date=2026-04-31&end_date=2026-04-30", 400],
    ["/v1/billing/snapshots", 200],
    ["/v1/billing/snapshots/2026-05", 404],
  ])("of %s has the status and the headers of its GET, and no body", async (path, status) => {
    const [head, got] = [await send(path, "HEAD"), await send(path, "GET")];
    expect([head.status, got.status]).toEqual([status, status]);
    expect(await head.text()).toBe("");
    expect(comparable(head.headers)).toEqual(comparable(got.headers));
  });

  test("of a report names the format, and refuses what GET refuses", async () => {
    const csv = await send(REPORT, "HEAD", { accept: "text/csv" });
    expect(csv.headers.get("content-disposition")).toContain("2026-04-01_2026-04-30.csv");
    expect((await send(REPORT, "HEAD", { accept: "image/png" })).status).toBe(406);
    expect((await send(REPORT, "HEAD", { authorization: "" })).status).toBe(401);
    const malformed = await stack.token({ reseller_ids: "*" });
    expect((await send(REPORT, "HEAD", { authorization: `Bearer ${malformed}` })).status).toBe(403);
  });

  test("of a report starts no query", async () => {
    const before = stack.log();
    expect((await send(REPORT, "HEAD")).status).toBe(200);
    const line = stack.log().slice(before.length);
    expect(line).toContain('"method":"HEAD"');
    expect(line).not.toContain("query_execution_id");
  });
});

describe("a GET with a body", () => {
  test.each([REPORT, "/v1/billing/snapshots"])("of %s is refused", async (path) => {
    const filter = JSON.stringify({ organization_ids: [] });
    const headers = { authorization: `Bearer ${token}`, "content-length": filter.length };
    const sent = request(stack.url + path, { method: "GET", headers }).end(filter);
    const [response] = await once(sent, "response");
    let body = "";
    for await (const chunk of response) body += String(chunk);
    expect([response.statusCode, JSON.parse(body).errors[0].code]).toEqual([400, "unexpected_body"]);
  });
});
