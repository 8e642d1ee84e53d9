import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { connectionFailure } from "../../cli/report/connection-failure.ts";
import { call, DAYS } from "../cli/call.ts";
import { CSV_TYPE, callTo, JSON_TYPE, WHOLE } from "../cli/call-to.ts";
import { answers, type ScriptedService, type Step, scriptedService } from "../cli/scripted-service.ts";
import { NORTH } from "../local/fixture.ts";

/** A response that breaks off. */
function breaksOff(headers: Readonly<Record<string, string | number>>, part: string | Buffer): Step {
  return async (response) => {
    response.writeHead(200, headers).write(part);
    await sleep(20);
    response.destroy();
  };
}

describe("shows nothing of an incomplete answer", () => {
  const csv = "organization_id\r\n".repeat(500);
  const zipped = gzipSync(csv);

  test.each<[string, Step, number, string]>([
    ["shorter than it says", breaksOff({ ...CSV_TYPE, "content-length": 9_999 }, csv), 4, "truncated"],
    ["in chunks without the last", breaksOff(CSV_TYPE, csv), 4, "truncated"],
    [
      "gzip without its end",
      answers(200, zipped.subarray(0, -9), { ...CSV_TYPE, "content-encoding": "gzip" }),
      1,
      "truncated or invalid",
    ],
    [
      "invalid gzip",
      answers(200, csv, { ...CSV_TYPE, "content-encoding": "gzip" }),
      1,
      "truncated or invalid",
    ],
    [
      "without a length",
      (response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n\r\n${csv}`),
      1,
      "does not state its length",
    ],
    ["within a line", answers(200, csv.slice(0, -3), CSV_TYPE), 1, "last line"],
    ["of another type", answers(200, csv, { "content-type": "text/html" }), 1, "media type"],
    [
      "in an encoding nobody asked for",
      answers(200, csv, { ...CSV_TYPE, "content-encoding": "br" }),
      1,
      "not requested",
    ],
  ])("%s", async (_, step, code, complaint) => {
    const called = await callTo([step], ["--csv"]);
    expect([called.code, called.stdout]).toEqual([code, ""]);
    expect(called.stderr).toContain(complaint);
  });

  test("shows nothing of JSON that is not a report, with any option", async () => {
    for (const args of [[], ["--json"]]) {
      const called = await callTo([answers(200, '{"data":[]}', JSON_TYPE)], args);
      expect([called.code, called.stdout]).toEqual([1, ""]);
      expect(called.stderr).toContain("not the requested report: period");
    }
  });

  test("shows a complete answer, compressed or not", async () => {
    const zip = { ...CSV_TYPE, "content-encoding": "gzip" };
    for (const step of [answers(200, csv, CSV_TYPE), answers(200, zipped, zip)]) {
      expect(await callTo([step], ["--csv"])).toMatchObject({ code: 0, stdout: csv });
    }
  });
});

describe("an error of the service", () => {
  const problem = (type: string, title: string, detail: string, more = {}) =>
    JSON.stringify({ type: `/problems/${type}`, title, detail, request_id: "the-id", ...more });

  test.each<[number, string, number, string]>([
    [401, '{"message":"Unauthorized"}', 3, "The service answers 401: Unauthorized"],
    [403, '{"message":"Forbidden"}', 3, "Forbidden"],
    [404, '{"message":"Not Found"}', 2, "Does --url name this service?"],
    [400, problem("range_too_large", "The range holds too much data", "Move end_date."), 2, "Move --to."],
    [
      413,
      problem("result_too_large", "Too large", "Split it with organization_ids."),
      5,
      "with --organization.",
    ],
    [
      413,
      problem("result_too_large", "Too large", "Split it.", {
        resellers: [{ reseller_id: NORTH, reseller_name: "Northwind Voice" }],
      }),
      5,
      `  --reseller ${NORTH}  Northwind Voice`,
    ],
    [413, problem("body_too_large", "The body", "Fewer."), 2, "Fewer."],
    [431, '{"message":"Request Header Fields Too Large"}', 2, "The token is too long"],
    [500, problem("internal_error", "Something went wrong", "Tell support."), 1, "request_id the-id"],
    [502, "<html>", 4, "The service answers 502 and gives no reason."],
    [
      503,
      problem("engine_unavailable", "The service is busy", "Try again in 50 seconds."),
      4,
      "in 50 seconds",
    ],
    [504, problem("engine_timeout", "The report took too long", "Ask for fewer days."), 4, "fewer days"],
    [500, '"\\u001b[31m"', 1, "gives no reason"],
    [500, '{"message":"\\u001b[31mred\\u009b0m"}', 1, "500: \uFFFD[31mred\uFFFD0m"],
  ])("with %i %s ends with %i", async (status, body, code, complaint) => {
    const called = await callTo([answers(status, body, { "retry-after": "500" })]);
    expect([called.code, called.stdout, called.asked.length]).toEqual([code, "", 1]);
    expect(called.stderr).toContain(complaint);
    expect(called.stderr).not.toContain("    at ");
  });

  test("does not follow a redirect, so that the token is sent nowhere else", async () => {
    await using other = await scriptedService(WHOLE);
    const called = await callTo([answers(307, "", { location: `${other.url}/x` })]);
    expect([called.code, called.stdout, other.asked]).toEqual([2, "", []]);
    expect(called.stderr).toContain(`${other.url}/x. The token was not sent there`);
  });

  test("retries after retry-after while the service is busy, and says so", async () => {
    const busy = answers(503, '{"message":"Service Unavailable"}', { "retry-after": "1" });
    const called = await callTo([busy, WHOLE]);
    expect([called.code, called.asked.length]).toEqual([0, 2]);
    expect(called.stdout).toContain("Total");
    expect(called.stderr).toContain("The service is busy (503). Asking again in 1 s.\n");
  });

  test.each([
    ["longer than the patience", "91", []],
    ["not wanted", "1", ["--wait", "0"]],
  ])("ends with 4 for a busy service if the wait is %s", async (_, seconds, args) => {
    const busy = answers(429, '{"message":"Too Many Requests"}', { "retry-after": seconds });
    const called = await callTo([busy, WHOLE], args);
    expect([called.code, called.stdout, called.asked.length]).toEqual([4, "", 1]);
    expect(called.stderr).toContain(`Try again in ${seconds} s.`);
  });
});

describe("a service that cannot be reached", () => {
  test("ends with 4 if nothing listens, and says how to start the local stack", async () => {
    const { url } = await scriptedServiceThatEnded();
    const { code, stdout, stderr } = await call(DAYS, {
      environment: { MINUTES_URL: url, MINUTES_TOKEN: "t" },
    });
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toBe(
      `${url} cannot be reached: nothing listens there (ECONNREFUSED).\n` +
        "Start the local stack with npm start, or give another address with --url.\n",
    );
  });

  async function scriptedServiceThatEnded(): Promise<ScriptedService> {
    await using service = await scriptedService();
    return service;
  }

  test("ends with 4 if the connection is closed without an answer", async () => {
    const called = await callTo([(response) => void response.destroy()]);
    expect([called.code, called.stdout]).toEqual([4, ""]);
    expect(called.stderr).toContain("the connection was closed before an answer arrived");
  });

  test.each<[string, Step]>([
    ["before the answer", () => undefined],
    [
      "within it",
      (response) => void response.writeHead(200, { ...JSON_TYPE, "content-length": 99 }).write("{"),
    ],
  ])("ends with 4 if it falls silent %s", async (_, step) => {
    const called = await callTo([step], [], { silenceLimit: 100 });
    expect([called.code, called.stdout]).toEqual([4, ""]);
    expect(called.stderr).toContain("has sent nothing for 0.1 s.");
  });

  test("ends with 1 if it does not use TLS or has an untrusted certificate", async () => {
    await using service = await scriptedService(WHOLE);
    const url = service.url.replace("http:", "https:");
    const { code, stderr } = await call(DAYS, { environment: { MINUTES_URL: url, MINUTES_TOKEN: "t" } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("Does it use https?")]);
    const untrusted = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const failure = connectionFailure(new URL("https://a.example/v1"), untrusted);
    expect([failure.exitCode, failure.message]).toEqual([1, expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
  });
});
