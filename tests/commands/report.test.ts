import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionFailure } from "../../local/report/connection-failure.ts";
import { APRIL, DENTAL, id, LAKE, NORTH, SOLD, SOUTH } from "../local/fixture.ts";
import { type CallOptions, call } from "../local/report/call.ts";
import {
  answers,
  type ScriptedService,
  type Step,
  scriptedService,
} from "../local/report/scripted-service.ts";
import { stackOver, type TestStack } from "../local/test-stack.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DAYS = ["--from", "2026-04-01", "--to", "2026-04-30"];

/** `npm run -s report` with these arguments, once it has ended. */
async function npmReport(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { promise, resolve } = Promise.withResolvers<{
    code: number | null;
    stdout: string;
    stderr: string;
  }>();
  const options = { cwd: ROOT, env: { ...process.env, ...environment } };
  const child = execFile("npm", ["run", "-s", "report", "--", ...args], options, (_, stdout, stderr) => {
    resolve({ code: child.exitCode, stdout, stderr });
  });
  return promise;
}

/** The command as a process, its standard output where it is told to go. */
function spawnReport(args: readonly string[], environment: NodeJS.ProcessEnv, stdout: "pipe" | number) {
  return spawn(process.execPath, [join(ROOT, "local", "report.ts"), ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", stdout, "pipe"],
  });
}

describe("over a stack that runs", () => {
  let stack: TestStack;
  let environment: Record<string, string>;
  beforeAll(async () => {
    stack = await stackOver(LAKE);
    environment = await environmentOf({ reseller_ids: [NORTH, SOUTH] });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function environmentOf(claims: object, expiresIn?: number) {
    return { MINUTES_URL: stack.url, MINUTES_TOKEN: await stack.token(claims, expiresIn) };
  }

  const TABLE = `\
Voice minutes by organization, 2026-04-01 to 2026-04-30 (UTC days, both included)

organization                          reseller         agents  minutes   share
──────────────────────────────────────────────────────────────────────────────
Secret New Name                       Southern Cross        1    20.00   59.2%
${SOLD}  Northwind Voice       1    10.00   29.6%
Acme Dental                           Northwind Voice       3     3.02    8.9%
Bakery                                Southern Cross        0     0.75    2.2%
Silent Library                        Northwind Voice       0     0.00    0.0%
──────────────────────────────────────────────────────────────────────────────
Total                                                       5    33.77  100.0%
`;

  test("npm run -s report prints the table, and nothing else", async () => {
    expect(await npmReport([...DAYS, "--quiet"], environment)).toEqual({
      code: 0,
      stdout: TABLE,
      stderr: "",
    });
  });

  test.each([
    ["--json", "application/json"],
    ["--csv", "text/csv"],
  ])("%s prints the service's bytes unchanged; options go before the environment", async (option, accept) => {
    const { MINUTES_URL: url = "", MINUTES_TOKEN: token = "" } = environment;
    const elsewhere = { MINUTES_URL: "http://127.0.0.1:9", MINUTES_TOKEN: "wrong" };
    const [served, called] = await Promise.all([
      stack.ask({ query: APRIL, claim: [NORTH, SOUTH], headers: { accept } }),
      call([...DAYS, "--url", url, "--token", token, option], { environment: elsewhere }),
    ]);
    expect([called.code, called.stdout]).toEqual([0, served.text]);
  });

  test("filters are lists and repeated, and narrow the report", async () => {
    const filters = ["--organization", `${DENTAL},${id("b9")}`, "--organization", SOLD, "--reseller", NORTH];
    const { stdout } = await call([...DAYS, ...filters], { environment });
    expect(stdout).toContain("Reseller: Northwind Voice\n");
    expect(stdout.match(/^(?:Acme|000000b4|Secret|Bakery)/gm)).toEqual(["000000b4", "Acme"]);
  });

  test("filters that are longer than a URL are sent all the same", async () => {
    const many = [DENTAL, ...Array.from({ length: 600 }, (_, index) => id(`f${index}`))];
    const [few, all] = await Promise.all(
      [DENTAL, many.join(",")].map((ids) =>
        call([...DAYS, "--organization", ids, "--json"], { environment }),
      ),
    );
    expect(all?.stdout).toContain("Acme Dental");
    expect([all?.code, all?.stdout]).toEqual([0, few?.stdout]);
  });

  test("what is wrong with a request is told line by line, by option", async () => {
    const wrong = [
      "--from",
      "2026-04-31",
      "--to",
      "2019-01-01",
      "--organization",
      "",
      "--reseller",
      `${NORTH},x`,
    ];
    const { code, stdout, stderr } = await call(wrong, { environment });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.replace(/[0-9a-f-]{36}/, "ID")).toBe(`\
The request is invalid
  --from: Give a calendar day as YYYY-MM-DD.
  --organization: Name at least one UUID, or leave the filter out.
  --reseller: Not a UUID: item 2. A UUID has 8-4-4-4-12 hexadecimal digits.
request_id ID
`);
  });

  test.each([
    ["expired", { reseller_ids: [NORTH] }, "The gateway says: the token has expired."],
    ["of a malformed claim", { reseller_ids: "nonsense" }, "The token's reseller claim is malformed"],
  ])("a token that is %s ends with 3 and says so", async (_, claims, complaint) => {
    const expiresIn = complaint.includes("expired") ? -60 : 60;
    const { code, stdout, stderr } = await call(DAYS, {
      environment: await environmentOf(claims, expiresIn),
    });
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain(complaint);
    expect(stderr).toContain("npm run -s token -- --port");
    expect(stderr).toMatch(/^request_id \S+$/m);
  });

  test("a token of no resellers has an empty report, which is explained", async () => {
    const { code, stdout, stderr } = await call(DAYS, { environment: await environmentOf({}) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Total +0 +0\.00 +-$/m);
    expect(stderr).toContain("there is no organization in it");
  });
});

describe("a call", () => {
  test("--help tells a stranger of every option and exit code", async () => {
    const { code, stdout, stderr } = await npmReport(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const words = "from to reseller organization agents ids csv json url token wait quiet help".split(" ");
    for (const word of words) expect(stdout).toContain(`  --${word} `);
    expect(stdout.match(/^ {2}[0-9] {2}/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stdout.split("\n").filter((line) => line.length > 110)).toEqual([]);
  });

  test("without a token says how one is got here, and ends with 2 through npm", async () => {
    const { code, stdout, stderr } = await npmReport(DAYS, { MINUTES_URL: "", MINUTES_TOKEN: "" });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("MINUTES_TOKEN=$(npm run -s token -- --resellers ID[,ID])");
  });

  test("without a token for a service elsewhere does not speak of the local stack", async () => {
    const { stderr } = await call([...DAYS, "--url", "https://api.example.com"]);
    expect(stderr).toBe("Give a token: set MINUTES_TOKEN.\nAll options: npm run -s report -- --help\n");
  });

  test("has everything told that is wrong with it at once, and the token never", async () => {
    const wrong = [
      "--from",
      "a",
      "--from",
      "b",
      "--csv",
      "--json",
      "--wait",
      "x",
      "--token",
      "sec ret",
      "--agents",
    ];
    const { code, stdout, stderr } = await call(wrong);
    expect([code, stdout]).toEqual([2, ""]);
    for (const told of [
      "--from once",
      "Give --to",
      "not both",
      "--wait takes",
      "--agents",
      "token has blanks",
    ]) {
      expect(stderr).toContain(told);
    }
    expect(stderr).not.toMatch(/sec |ret/);
  });

  test.each([
    [["--nonsense"], "--nonsense"],
    [["stray"], "stray"],
    [["--url", "nowhere"], "--url takes an address"],
    [["--url", ""], "--url takes an address"],
    [["--url", "https://a.example/?x=1"], "without name, password"],
    [["--url", "http://api.example.com"], "must begin with https"],
  ])("with %j is refused before anything is sent", async (args, complaint) => {
    const { code, stderr } = await call([...DAYS, ...args], { environment: { MINUTES_TOKEN: "t" } });
    expect([code, stderr]).toEqual([2, expect.stringContaining(complaint)]);
  });
});

const REPORT = '{"data":[],"period":{"start_date":"2026-04-01","end_date":"2026-04-30"}}';
const JSON_TYPE = { "content-type": "application/json" };
const CSV_TYPE = { "content-type": "text/csv; charset=utf-8; header=present" };
const WHOLE = answers(200, REPORT, JSON_TYPE);

/** A call to a service that answers by these steps. */
async function callTo(steps: readonly Step[], args: readonly string[] = [], options: CallOptions = {}) {
  await using service = await scriptedService(...steps);
  const environment = { MINUTES_URL: service.url, MINUTES_TOKEN: "secret-token" };
  const called = await call([...DAYS, ...args], { environment, ...options });
  expect(called.stdout + called.stderr).not.toContain("secret-token");
  return { ...called, asked: service.asked };
}

/** A response that breaks off. */
function breaksOff(headers: Readonly<Record<string, string | number>>, part: string | Buffer): Step {
  return async (response) => {
    response.writeHead(200, headers).write(part);
    await sleep(20);
    response.destroy();
  };
}

describe("an answer that is not whole is not shown", () => {
  const csv = "organization_id\r\n".repeat(500);
  const zipped = gzipSync(csv);

  test.each<[string, Step, number, string]>([
    ["shorter than it says", breaksOff({ ...CSV_TYPE, "content-length": 9_999 }, csv), 4, "cut short"],
    ["in chunks without the last", breaksOff(CSV_TYPE, csv), 4, "cut short"],
    [
      "gzip without its end",
      answers(200, zipped.subarray(0, -9), { ...CSV_TYPE, "content-encoding": "gzip" }),
      1,
      "cut short or broken",
    ],
    [
      "gzip that is none",
      answers(200, csv, { ...CSV_TYPE, "content-encoding": "gzip" }),
      1,
      "cut short or broken",
    ],
    [
      "without a length",
      (response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n\r\n${csv}`),
      1,
      "how long",
    ],
    ["within a line", answers(200, csv.slice(0, -3), CSV_TYPE), 1, "last line"],
    ["of another type", answers(200, csv, { "content-type": "text/html" }), 1, "media type"],
    [
      "in an encoding nobody asked for",
      answers(200, csv, { ...CSV_TYPE, "content-encoding": "br" }),
      1,
      "encoded",
    ],
  ])("%s", async (_, step, code, complaint) => {
    const called = await callTo([step], ["--csv"]);
    expect([called.code, called.stdout]).toEqual([code, ""]);
    expect(called.stderr).toContain(complaint);
  });

  test("nor is JSON that is no report, by any option", async () => {
    for (const args of [[], ["--json"]]) {
      const called = await callTo([answers(200, '{"data":[]}', JSON_TYPE)], args);
      expect([called.code, called.stdout]).toEqual([1, ""]);
      expect(called.stderr).toContain("not the report that was asked for: period");
    }
  });

  test("while a whole one is, zipped or not", async () => {
    const zip = { ...CSV_TYPE, "content-encoding": "gzip" };
    for (const step of [answers(200, csv, CSV_TYPE), answers(200, zipped, zip)]) {
      expect(await callTo([step], ["--csv"])).toMatchObject({ code: 0, stdout: csv });
    }
  });
});

describe("what the service refuses", () => {
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
    [502, "<html>", 4, "The service answers 502, and does not say why."],
    [
      503,
      problem("engine_unavailable", "The service is busy", "Try again in 50 seconds."),
      4,
      "in 50 seconds",
    ],
    [504, problem("engine_timeout", "The report took too long", "Ask for fewer days."), 4, "fewer days"],
    [500, '"\\u001b[31m"', 1, "does not say why"],
    [500, '{"message":"\\u001b[31mred\\u009b0m"}', 1, "500: \uFFFD[31mred\uFFFD0m"],
  ])("with %i %s ends with %i", async (status, body, code, complaint) => {
    const called = await callTo([answers(status, body, { "retry-after": "50" })]);
    expect([called.code, called.stdout, called.asked.length]).toEqual([code, "", 1]);
    expect(called.stderr).toContain(complaint);
    expect(called.stderr).not.toContain("    at ");
  });

  test("by a redirect is not followed, so that the token goes nowhere else", async () => {
    await using other = await scriptedService(WHOLE);
    const called = await callTo([answers(307, "", { location: `${other.url}/x` })]);
    expect([called.code, called.stdout, other.asked]).toEqual([2, "", []]);
    expect(called.stderr).toContain(`${other.url}/x; the token was not sent there`);
  });

  test("because it is busy is asked again after its retry-after, and that is told", async () => {
    const busy = answers(503, '{"message":"Service Unavailable"}', { "retry-after": "1" });
    const called = await callTo([busy, WHOLE]);
    expect([called.code, called.asked.length]).toEqual([0, 2]);
    expect(called.stdout).toContain("Total");
    expect(called.stderr).toContain("The service is busy (503): asking again in 1 s.\n");
  });

  test.each([
    ["longer than the patience", "31", []],
    ["not wanted", "1", ["--wait", "0"]],
  ])("because it is busy ends with 4 where the wait is %s", async (_, seconds, args) => {
    const busy = answers(429, '{"message":"Too Many Requests"}', { "retry-after": seconds });
    const called = await callTo([busy, WHOLE], args);
    expect([called.code, called.stdout, called.asked.length]).toEqual([4, "", 1]);
    expect(called.stderr).toContain(`Try again in ${seconds} s.`);
  });
});

describe("a service out of reach", () => {
  test("ends with 4 where nothing listens, and says how the local stack is started", async () => {
    const { url } = await scriptedServiceThatEnded();
    const { code, stdout, stderr } = await call(DAYS, {
      environment: { MINUTES_URL: url, MINUTES_TOKEN: "t" },
    });
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toBe(
      `${url} is out of reach: nothing listens there (ECONNREFUSED).\n` +
        "Start the local stack with npm start, or name another address with --url.\n",
    );
  });

  async function scriptedServiceThatEnded(): Promise<ScriptedService> {
    await using service = await scriptedService();
    return service;
  }

  test("ends with 4 where the connection is closed without an answer", async () => {
    const called = await callTo([(response) => void response.destroy()]);
    expect([called.code, called.stdout]).toEqual([4, ""]);
    expect(called.stderr).toContain("the connection was closed before an answer came");
  });

  test.each<[string, Step]>([
    ["before the answer", () => undefined],
    [
      "within it",
      (response) => void response.writeHead(200, { ...JSON_TYPE, "content-length": 99 }).write("{"),
    ],
  ])("ends with 4 where it falls silent %s", async (_, step) => {
    const called = await callTo([step], [], { silenceLimit: 100 });
    expect([called.code, called.stdout]).toEqual([4, ""]);
    expect(called.stderr).toContain("has said nothing for 0.1 s.");
  });

  test("ends with 1 where it does not speak TLS, or has a certificate that nobody vouches for", async () => {
    await using service = await scriptedService(WHOLE);
    const url = service.url.replace("http:", "https:");
    const { code, stderr } = await call(DAYS, { environment: { MINUTES_URL: url, MINUTES_TOKEN: "t" } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("Does it speak https at all?")]);
    const untrusted = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const failure = connectionFailure(new URL("https://a.example/v1"), untrusted);
    expect([failure.exitCode, failure.message]).toEqual([1, expect.stringContaining("NODE_EXTRA_CA_CERTS")]);
  });
});

describe("what is printed", () => {
  test.each([
    ["the third day after it", "2026-05-03T23:59:59Z", true],
    ["the day after that", "2026-05-04T00:00:00Z", false],
  ])("has a note beside it that it may still grow on %s: %s, %s", async (_, now, isTold) => {
    const clock = { now: () => new Date(now) };
    for (const args of [[], ["--json"]]) {
      const { code, stderr } = await callTo([WHOLE], args, clock);
      expect([code, stderr.includes("may still grow")]).toEqual([0, isTold]);
    }
    expect((await callTo([WHOLE], ["--quiet"], clock)).stderr).toBe("");
  });

  const hostile = 'organization_id\r\n"\u001b[31mRed\u009b0m\r\nEvil\u202E"\r\n';

  test("reaches a terminal without what it would obey, and a pipe byte for byte", async () => {
    const csv = answers(200, hostile, CSV_TYPE);
    expect((await callTo([csv], ["--csv"], { terminal: 80 })).stdout).toBe(
      'organization_id\r\n"\uFFFD[31mRed\uFFFD0m\r\nEvil\uFFFD"\r\n',
    );
    expect((await callTo([csv], ["--csv"])).stdout).toBe(hostile);
    expect((await callTo([WHOLE], ["--json"], { terminal: 80 })).stdout).toBe(`${REPORT}\n`);
    expect((await callTo([WHOLE], ["--json"])).stdout).toBe(REPORT);
  });

  test("is cut to a terminal in its names, never in a pipe or a terminal of unknown width", async () => {
    const name = "\u001b[2JPinnacle Property Management, LLC";
    const entry = {
      organization_id: DENTAL,
      organization_name: name,
      reseller_id: NORTH,
      reseller_name: "North",
      total_voice_minutes: 0,
      agent_count: 0,
      agents: [],
    };
    const step = answers(200, JSON.stringify({ ...JSON.parse(REPORT), data: [entry] }), JSON_TYPE);
    expect((await callTo([step], [], { terminal: 40 })).stdout).toContain("\n\uFFFD[2JPinnacle Pr…  ");
    for (const unlimited of [{}, { terminal: 0 }]) {
      const { stdout } = await callTo([step], [], unlimited);
      expect(stdout).toContain("\n\uFFFD[2JPinnacle Property Management, LLC  ");
    }
  });

  test("and cannot be written ends with 1", async () => {
    await using service = await scriptedService(WHOLE);
    const full = openSync("/dev/full", "w");
    const child = spawnReport(DAYS, { MINUTES_URL: service.url, MINUTES_TOKEN: "t" }, full);
    closeSync(full);
    const [told, [code]] = await Promise.all([textOf(child.stderr), once(child, "exit")]);
    expect([code, told]).toEqual([1, expect.stringContaining("The report could not be written (ENOSPC).")]);
  });

  test("and has a reader that ends early, as head does, is no failure", async () => {
    const line = `${"x".repeat(99)}\r\n`;
    await using service = await scriptedService(answers(200, line.repeat(50_000), CSV_TYPE));
    const environment = { MINUTES_URL: service.url, MINUTES_TOKEN: "t" };
    const child = spawnReport([...DAYS, "--csv", "--quiet"], environment, "pipe");
    child.stdout?.once("data", () => child.stdout?.destroy());
    const [told, [code]] = await Promise.all([textOf(child.stderr), once(child, "exit")]);
    expect([code, told]).toEqual([0, ""]);
  });

  async function textOf(stream: Readable | null): Promise<string> {
    return stream === null ? "" : text(stream);
  }
});

describe("progress", () => {
  const slow: Step = async (response, request) => {
    await sleep(1_300);
    await WHOLE(response, request);
  };

  test("is told on standard error after a second, and leaves no trace on a terminal", async () => {
    const [piped, shown, quiet] = await Promise.all([
      callTo([slow]),
      callTo([slow], [], { terminal: 80 }),
      callTo([slow], ["--quiet"]),
    ]);
    expect(piped.stderr).toMatch(/^1 s: waiting for the report\nNote: there is no organization/);
    expect(shown.stderr).toMatch(/^(?:[1-5] s: waiting for the report\r {27}\r)+Note: /);
    expect(quiet.stderr).toBe("");
    expect(new Set([piped.code, shown.code, quiet.code])).toEqual(new Set([0]));
  });
});
