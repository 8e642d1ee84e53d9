import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jwtAuthorizer } from "../../local/gateway/authorizer.ts";
import { startGateway } from "../../local/gateway/server.ts";
import { startIssuer } from "../../local/issuer/server.ts";
import { AUDIENCE } from "../../local/issuer/tokens.ts";
import { type LocalFunction, localFunction } from "../../local/lambda/function.ts";
import type { LocalServer } from "../../local/listen.ts";
import { tokenBucket } from "../../local/token-bucket.ts";
import { requestToken } from "../../local/tokens.ts";

/** A function that does what the query string says. */
const BUNDLE = `
const LIMIT = 6_291_556;
const ENVELOPE = JSON.stringify({ statusCode: 200, headers: { "x-env": "local" }, body: "" }).length;
export async function handler(event, context) {
  const { act, bytes } = event.queryStringParameters ?? {};
  if (act === "exit") process.exit(3);
  if (act === "throw") throw new Error("thrown");
  if (act === "hang") await new Promise(() => setInterval(() => {}, 1_000));
  if (act === "fill") return { statusCode: 200, headers: { "x-env": process.env.ANY }, body: "x".repeat(LIMIT - ENVELOPE + Number(bytes)) };
  return { statusCode: 200, body: JSON.stringify({ event, time: context.getRemainingTimeInMillis(), memory: context.memoryLimitInMB }) };
}`;

let folder: string;
let target: LocalFunction;
let issuer: LocalServer;
let gateway: LocalServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-"));
  const bundle = join(folder, "index.mjs");
  await writeFile(bundle, BUNDLE);
  const environment = { ANY: "local" };
  target = localFunction({
    name: "any",
    bundle,
    environment,
    memorySize: 256,
    timeout: 2,
    log: () => undefined,
  });
  issuer = await startIssuer(0);
  const authorizer = jwtAuthorizer({ issuer: issuer.url, audience: AUDIENCE, scopes: ["reports:read"] });
  gateway = await startGateway(0, [
    { path: "/open", target, authorizer: undefined },
    { path: "/scoped", target, authorizer },
  ]);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
  await target.close();
  await rm(folder, { recursive: true });
});

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, init);
}

test("the gateway answers 429 beyond the size of a burst, before it looks at the token", async () => {
  const routes = [{ path: "/open", target, authorizer: undefined }];
  const limited = await startGateway(0, routes, undefined, undefined, tokenBucket(0.001, 2));
  const answers = [];
  for (let request = 0; request < 4; request++) answers.push(await fetch(`${limited.url}/open`));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  expect(await answers.at(-1)?.json()).toEqual({ message: "Too Many Requests" });
  await limited.close();
});

describe("the gateway's event", () => {
  test("is what an HTTP API sends, payload format 2.0", async () => {
    const response = await get("/open?a=1&a=2&b=%2C%20x&c", {
      method: "POST",
      headers: { "X-Any": "One", cookie: "k=v; l=w", "content-type": "text/plain" },
      body: "plain",
    });
    const { event, time, memory } = JSON.parse(await response.text());
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "ANY /open",
      rawPath: "/open",
      rawQueryString: "a=1&a=2&b=%2C%20x&c",
      queryStringParameters: { a: "1,2", b: ", x", c: "" },
      cookies: ["k=v", "l=w"],
      headers: { "x-any": "One", "content-type": "text/plain" },
      body: "plain",
      isBase64Encoded: false,
      requestContext: { http: { method: "POST", path: "/open", protocol: "HTTP/1.1" }, stage: "$default" },
    });
    expect(event.headers).not.toHaveProperty("cookie");
    expect(event.requestContext).not.toHaveProperty("authorizer");
    expect(event.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(time).toBeLessThanOrEqual(2_000);
    expect(memory).toBe("256");
  });

  test("has a body that is not text in base64, and no member for no body", async () => {
    const form = await get("/open", { method: "POST", body: new URLSearchParams({ a: "b" }) });
    expect(JSON.parse(await form.text()).event).toMatchObject({ body: "YT1i", isBase64Encoded: true });
    expect(JSON.parse(await (await get("/open")).text()).event).not.toHaveProperty("body");
  });

  test("has claims as text: arrays in brackets, null omitted, as AWS renders them", async () => {
    const claims = {
      list: ["u1", "u2"],
      one: ["u1"],
      none: [],
      number: 7,
      yes: true,
      no: null,
      map: { a: "b" },
    };
    const token = await requestToken(issuer.url, { ...claims, scope: "other reports:read" });
    const response = await get("/scoped", { headers: { authorization: `Bearer ${token}` } });
    const { event } = JSON.parse(await response.text());
    expect(event.requestContext.authorizer.jwt).toMatchObject({
      claims: { list: "[u1 u2]", one: "[u1]", none: "[]", number: "7", yes: "true", map: "map[a:b]" },
      scopes: ["reports:read"],
    });
    expect(event.requestContext.authorizer.jwt.claims).not.toHaveProperty("no");
  });
});

describe("the gateway refuses", () => {
  test("a token without the route's scope, with a 403", async () => {
    const token = await requestToken(issuer.url, { scope: "other" });
    const response = await get("/scoped", { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, await response.text()]).toEqual([403, '{"message":"Forbidden"}']);
  });

  test("a token of another issuer or audience, with a 401", async () => {
    await using others = { issuer: await startIssuer(0), [Symbol.asyncDispose]: () => others.issuer.close() };
    const foreign = await requestToken(others.issuer.url, { scope: "reports:read" });
    const elsewhere = jwtAuthorizer({ issuer: issuer.url, audience: "elsewhere", scopes: [] });
    const own = await requestToken(issuer.url, {});
    const response = await get("/scoped", { headers: { authorization: `Bearer ${foreign}` } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("invalid_token");
    expect(await elsewhere(`Bearer ${own}`)).toMatchObject({ status: 401 });
  });

  test("one byte more than Lambda's 6,291,556, and accepts exactly that", async () => {
    const whole = await get("/open?act=fill&bytes=0");
    const envelope = JSON.stringify({ statusCode: 200, headers: { "x-env": "local" }, body: "" });
    expect([whole.status, (await whole.text()).length]).toEqual([200, 6_291_556 - envelope.length]);
    const over = await get("/open?act=fill&bytes=1");
    expect([over.status, await over.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  });

  test.each(["exit", "throw", "hang"])(
    "a function that does %s, with a 500, and serves the next request",
    async (act) => {
      const response = await get(`/open?act=${act}`);
      expect([response.status, await response.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
      expect((await get("/open")).status).toBe(200);
    },
  );
});
