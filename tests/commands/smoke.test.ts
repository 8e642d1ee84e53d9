import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { READERS_RESELLERS } from "../../contract/exchanges.ts";
import { runChecks } from "../../infra/smoke/check.ts";
import { httpChecks } from "../../infra/smoke/http-checks.ts";
import { type LocalServer, listen } from "../../local/listen.ts";
import { BUILT_PORTAL } from "../../local/options.ts";
import { ownStack } from "../../local/own-stack.ts";
import type { Stack } from "../../local/stack.ts";
import { requestToken } from "../../local/tokens.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** An answer in transit, which a proxy may change. */
interface Passing {
  status: number;
  readonly headers: Headers;
  body: string;
}
type Fault = (path: string, answer: Passing) => void;

let stack: Stack & AsyncDisposable;
let token: string;
/** A proxy in front of the stack that injects a fault. */
let proxy: LocalServer;
let fault: Fault = () => undefined;

beforeAll(async () => {
  stack = await ownStack({ portal: BUILT_PORTAL });
  token = await requestToken(stack.issuer, { reseller_ids: READERS_RESELLERS });
  proxy = await listen(0, async (request, response) => {
    const { url = "/", method = "GET" } = request;
    const headers = Object.entries(request.headers).filter(
      ([name]) => name !== "host" && name !== "connection",
    );
    const passed = Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
    const answered = await fetch(`${stack.url}${url}`, { method, headers: passed, redirect: "manual" });
    const answer = {
      status: answered.status,
      headers: new Headers(answered.headers),
      body: await answered.text(),
    };
    fault(url, answer);
    for (const name of ["content-encoding", "content-length", "transfer-encoding"])
      answer.headers.delete(name);
    const body = answer.status === 304 ? undefined : answer.body;
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
  });
});
afterAll(async () => {
  await proxy.close();
  await stack[Symbol.asyncDispose]();
});

/** Runs the command with these arguments to its end. */
async function npmSmoke(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; out: string; error: string }>();
  const child = execFile("npm", ["run", "-s", "smoke", "--", ...args], { cwd: ROOT }, (_, out, error) =>
    resolve({ code: child.exitCode, out, error }),
  );
  return promise;
}

/** The names of the checks that fail behind the proxy. */
async function failingWith(shown: Fault): Promise<string[]> {
  fault = shown;
  const lines: string[] = [];
  const service = { url: proxy.url, token, month: "2026-04", origin: undefined };
  const failed = await runChecks(httpChecks(service), (line) => lines.push(line));
  const failing = lines.filter((line) => line.startsWith("FAIL"));
  expect(failing).toHaveLength(failed);
  return failing.map((line) => line.replace(/^FAIL {2}([^:]*):.*$/, "$1"));
}

describe("npm run smoke", () => {
  test("passes on the local stack, with a line for each check", async () => {
    const { code, out } = await npmSmoke("--url", stack.url, "--token", token, "--month", "2026-04");
    const lines = out.trim().split("\n");
    expect(lines.slice(0, -1).filter((line) => !line.startsWith("ok    "))).toEqual([]);
    expect(lines.at(-1)).toBe(`${lines.length - 1} of ${lines.length - 1} checks passed.`);
    expect(out).toContain("the report of 2026-04 matches the contract: 40 organizations");
    expect(code).toBe(0);
  });

  test("exits with 1 and says why if nothing answers", async () => {
    const unused = await listen(0, () => Promise.resolve());
    await unused.close();
    const { code, out } = await npmSmoke("--url", unused.url, "--token", token);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^FAIL {2}a report without a token is refused with 401: fetch failed \(.*ECONNREFUSED/,
    );
    expect(out).toMatch(/^0 of \d+ checks passed\.$/m);
  });

  test.each([
    [["--token", "a.b.c"], "--url takes"],
    [["--url", "minutes.example.com", "--token", "a.b.c"], "--url takes"],
    [["--url", "https://minutes.example.com", "--token", "secret"], "--token takes"],
    [["--url", "https://minutes.example.com", "--token", "a.b.c", "--month", "04-2026"], "--month takes"],
    [["--uri", "https://minutes.example.com"], "--uri"],
  ])("exits with 2 and its usage for %j", async (args, named) => {
    const { code, out, error } = await npmSmoke(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(error).toContain(named);
    expect(error).toContain("Usage: npm run -s smoke");
    expect(error).not.toContain("secret");
  });
});

describe("each check fails when", () => {
  test("something is wrong: none fails before", async () => {
    expect(await failingWith(() => undefined)).toEqual([]);
  });

  test.each<[string, RegExp, Fault]>([
    [
      "anybody is let in",
      /without a token/,
      (_, answer) => {
        if (answer.status === 401) answer.status = 200;
      },
    ],
    [
      "a member of the report is missing",
      /matches the contract/,
      (path, answer) => {
        if (path.includes("2026-04-30")) answer.body = answer.body.replace('"agent_count"', '"agents_count"');
      },
    ],
    [
      "a total is a hundredth of a minute too large",
      /sum of its agents/,
      (path, answer) => {
        if (!path.includes("2026-04-30")) return;
        answer.body = answer.body.replace(
          /"total_voice_minutes":([\d.]+)/,
          (_, minutes: string) => `"total_voice_minutes":${(Number(minutes) + 0.02).toFixed(2)}`,
        );
      },
    ],
    [
      "an answer may be cached by anybody",
      /private to the caller/,
      (_, { headers }) => {
        if (headers.get("cache-control") === "private, no-store") headers.set("cache-control", "public");
      },
    ],
    [
      "an error names another request",
      /400/,
      (_, answer) => {
        if (answer.status === 400) answer.headers.set("x-request-id", "another");
      },
    ],
    [
      "entity tags are lost on the way",
      /304/,
      (path, { headers }) => {
        if (path.startsWith("/v1/billing")) headers.delete("etag");
      },
    ],
    [
      "the guide is gone",
      /documentation/,
      (path, answer) => {
        if (path === "/docs") answer.status = 404;
      },
    ],
    [
      "the page may be framed",
      /page/,
      (path, { headers }) => {
        if (path === "/portal/") headers.set("content-security-policy", "default-src 'none'");
      },
    ],
    [
      "the page signs in elsewhere",
      /page/,
      (path, answer) => {
        if (path === "/portal/config.json")
          answer.body = answer.body.replace(/"issuer":"[^"]*"/, '"issuer":"https://other.example"');
      },
    ],
  ])("%s", async (_, name, shown) => {
    expect(await failingWith(shown)).toContainEqual(expect.stringMatching(name));
  });
});
