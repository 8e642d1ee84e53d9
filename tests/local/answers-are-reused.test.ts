/** Whole requests whose answers are reused: 304s, stored answers, and what is never reused. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { ANSWERS_BUCKET } from "../../local/functions.ts";
import { ANNA, APRIL, call, DENTAL, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { s3Client } from "./s3-client.ts";
import { type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

const CALLS = Array.from({ length: 40 }, (_, index) =>
  call(String(index), { started_at: new Date(Date.UTC(2026, 3, 1 + (index % 30), 9)) }),
);

let stack: TestStack;
let s3: ReturnType<typeof s3Client>;

beforeAll(async () => {
  stack = await stackOver(
    { ...LAKE, call_usage: CALLS },
    {},
    { rollsUp: true, environment: { FRESHNESS_SECONDS: "0" } },
  );
  s3 = s3Client(stack.s3);
  await stack.rollUp();
  // A directory that changed in the last seconds is not settled yet, and nothing is stored.
  await vi.waitFor(async () => {
    await stack.ask(FIRST);
    if ((await stored()).length === 0) throw new Error("nothing is stored yet");
  }, 20_000);
});
afterAll(async () => {
  s3.destroy();
  await stack[Symbol.asyncDispose]();
});

const FIRST: AskOptions = { query: APRIL, claim: [NORTH], headers: { "accept-encoding": "gzip" } };
const requestLine = z.looseObject({ Executions: z.number().optional(), status: z.number() });

/** The log lines of the requests so far. */
function lines() {
  return stack
    .log()
    .split("\n")
    .filter((text) => text.includes('"message":"request"'))
    .map((text) => requestLine.parse(JSON.parse(text)));
}

/** Sends a request; also gives its line of log. */
async function ask(request: AskOptions) {
  const before = lines().length;
  const answer = await stack.ask(request);
  const line = await vi.waitFor(() => {
    const found = lines().at(before);
    if (found === undefined) throw new Error("the request has not logged yet");
    return found;
  });
  return { ...answer, etag: answer.headers.get("etag"), line };
}

async function stored(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: ANSWERS_BUCKET }));
  return Contents.flatMap(({ Key }) => Key ?? []);
}

/**
 * Asks until a stored answer comes without a query. Storing is one short try, which may fail on a busy machine.
 */
async function untilStored(request: AskOptions) {
  return vi.waitFor(async () => {
    const answer = await ask(request);
    expect(answer.line).toMatchObject({ Executions: 0, StoredAnswers: 1 });
    return answer;
  }, 20_000);
}

const REPORTS: [string, AskOptions][] = [
  ["minutes by organization", { query: APRIL }],
  ["minutes by day", { path: "/v1/reports/minutes-by-day", query: APRIL }],
  ["minutes by agent", { path: "/v1/reports/minutes-by-agent", query: `${APRIL}&agent_ids=${ANNA}` }],
];
const FORMATS = ["application/json", "text/csv"];
const ENCODINGS = ["gzip", "identity"];

describe("a repeated report", () => {
  test.each(
    REPORTS.flatMap(([name, request]) =>
      FORMATS.flatMap((accept) => ENCODINGS.map((encoding) => [name, accept, encoding, request] as const)),
    ),
  )(
    "of %s as %s with %s has the same bytes, and a 304 where the caller has it",
    async (_, accept, encoding, request) => {
      const headers = { accept, "accept-encoding": encoding };
      const first = await ask({ ...request, claim: [NORTH], headers });
      // A large body that was stored for callers that accept gzip does not fit the others.
      const isStored = encoding === "gzip" || Buffer.byteLength(first.text) < 1_024;
      const repeated = { ...request, claim: [NORTH], headers };
      const again = await (isStored ? untilStored(repeated) : ask(repeated));
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(again.text).toBe(first.text);
      expect(again.etag).toBe(first.etag);
      expect(first.etag).toMatch(/^"[\w-]{32}"$/);
      expect(again.headers.get("cache-control")).toBe("private, no-cache");
      expect(again.line.Executions).toBe(isStored ? 0 : 1);

      const known = await ask({
        ...request,
        claim: [NORTH],
        headers: { ...headers, "if-none-match": first.etag ?? "" },
      });
      expect([known.status, known.text, known.etag]).toEqual([304, "", first.etag]);
      expect(known.headers.get("cache-control")).toBe("private, no-cache");
      expect(known.headers.get("vary")).toBe("accept, accept-encoding, authorization");
      expect(known.line).toMatchObject({ Executions: 0, NotModified: 1 });
    },
  );

  test("is a 304 where a proxy has weakened the tag, or the caller names several", async () => {
    const { etag } = await ask(FIRST);
    for (const named of [`W/${etag}`, `"other", ${etag}`]) {
      const known = await ask({ ...FIRST, headers: { ...FIRST.headers, "if-none-match": named } });
      expect(known.status).toBe(304);
    }
  });

  test.each(["*", '"other"', ""])("is sent whole to a caller that names %j", async (named) => {
    const answer = await ask({ ...FIRST, headers: { ...FIRST.headers, "if-none-match": named } });
    expect(answer.status).toBe(200);
  });

  test("by HEAD is a 304 where the caller has it, and starts no query", async () => {
    const { etag } = await ask(FIRST);
    const headers = { ...FIRST.headers, "if-none-match": etag ?? "" };
    expect((await ask({ ...FIRST, method: "HEAD", headers })).status).toBe(304);
    const other = await ask({ ...FIRST, method: "HEAD", headers: { "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
    expect(other.line).not.toHaveProperty("query_execution_id");
  });

  test("by POST is the stored answer of the GET, without a tag, and never a 304", async () => {
    const { etag, text } = await untilStored(FIRST);
    const body = JSON.stringify({ start_date: "2026-04-01", end_date: "2026-04-30" });
    const headers = {
      "content-type": "application/json",
      "if-none-match": etag ?? "",
      "accept-encoding": "gzip",
    };
    const posted = await ask({ method: "POST", body, headers, claim: [NORTH] });
    expect([posted.status, posted.text, posted.etag]).toEqual([200, text, null]);
    expect(posted.headers.get("cache-control")).toBe("private, no-store");
    expect(posted.line.Executions).toBe(0);
  });

  test("has another tag for each report, format, encoding, period, filter and scope", async () => {
    const requests: AskOptions[] = [
      ...REPORTS.flatMap(([, request]) => FORMATS.map((accept) => ({ ...request, headers: { accept } }))),
      { query: "?start_date=2026-04-02&end_date=2026-04-30" },
      { query: `${APRIL}&organization_ids=${DENTAL}` },
      { query: APRIL, claim: [SOUTH] },
      { query: APRIL, claim: [NORTH, SOUTH] },
      { query: `${APRIL}&reseller_ids=${SOUTH}`, claim: [NORTH, SOUTH] },
    ];
    const tags = [];
    for (const request of requests) tags.push((await ask({ claim: [NORTH], ...request })).etag);
    expect(new Set(tags).size).toBe(requests.length);
    expect(tags).not.toContain(null);
  });
});

describe("a stored answer", () => {
  /** The key of the answer to a request that no other test sends, and what was sent. */
  async function storedFor(day: string) {
    const before = await stored();
    const request = { ...FIRST, query: `?start_date=2026-04-01&end_date=2026-04-${day}` };
    const { text } = await untilStored(request);
    const key = (await stored()).find((each) => !before.includes(each)) ?? "";
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    return { request, text, key };
  }

  async function objectOf(key: string) {
    const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: ANSWERS_BUCKET, Key: key }));
    return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), Metadata };
  }

  test("that is damaged, truncated or foreign is not sent: the query is run, and the answer stored again", async () => {
    const { request, text, key } = await storedFor("20");
    const whole = await objectOf(key);
    expect(whole.Metadata).toMatchObject({ encoding: "identity" });
    const damaged = Buffer.from(whole.bytes);
    damaged[damaged.length - 9] = (damaged.at(-9) ?? 0) ^ 1;
    const other = await storedFor("19");
    const copied = await objectOf(other.key);
    for (const { bytes, Metadata } of [
      { bytes: damaged, Metadata: whole.Metadata },
      { bytes: whole.bytes.subarray(0, -1), Metadata: whole.Metadata },
      { bytes: Buffer.alloc(0), Metadata: whole.Metadata },
      { bytes: Buffer.from("foreign"), Metadata: {} },
      copied,
      { bytes: copied.bytes, Metadata: { ...copied.Metadata, key } },
      { bytes: whole.bytes, Metadata: { ...whole.Metadata, encoding: "gzip" } },
      { bytes: whole.bytes, Metadata: { ...whole.Metadata, encoding: "br" } },
    ]) {
      await s3.send(new PutObjectCommand({ Bucket: ANSWERS_BUCKET, Key: key, Body: bytes, Metadata }));
      const answer = await ask(request);
      expect([answer.status, answer.text]).toEqual([200, text]);
      expect(answer.line).toMatchObject({ Executions: 1, ReuseFailures: 1 });
      await untilStored(request);
      expect(await objectOf(key)).toEqual(whole);
    }
  });

  test("that cannot be read or written costs a query, and the log says so", async () => {
    const { request, text } = await storedFor("16");
    stack.faults.set([{ on: "PutObject", effect: { kind: "refuse", status: 503, type: "SlowDown" } }]);
    const unstored = { ...FIRST, query: "?start_date=2026-04-01&end_date=2026-04-15" };
    const first = await ask(unstored);
    expect(first.status).toBe(200);
    expect(first.line).toMatchObject({ Executions: 1, ReuseFailures: 1 });
    expect(first.line).toHaveProperty("reuse_failure.0.message");
    stack.faults.set([]);
    expect((await ask(unstored)).line.Executions).toBe(1);
    await untilStored(unstored);

    stack.faults.set([{ on: "ListObjectsV2", effect: { kind: "refuse", status: 503, type: "SlowDown" } }]);
    const unlisted = await ask(request);
    stack.faults.set([]);
    expect([unlisted.text, unlisted.etag]).toEqual([text, null]);
    expect(unlisted.line).toMatchObject({ Executions: 1, ReuseFailures: 1 });
  });
});

describe("a report that is not made of rolled-up days alone", () => {
  test.each([
    ["goes beyond the rollup", "?start_date=2026-04-01&end_date=2026-05-01"],
    ["begins before it", "?start_date=2026-03-31&end_date=2026-04-30"],
  ])("because it %s has no tag and is not stored", async (_, query) => {
    const before = await stored();
    const request = { ...FIRST, query };
    for (const answer of [await ask(request), await ask(request)]) {
      expect([answer.etag, answer.headers.get("cache-control")]).toEqual([null, "private, no-store"]);
      expect(answer.line.Executions).toBe(1);
    }
    expect(await stored()).toEqual(before);
  });

  test("of a caller without resellers has no tag, and is never another's", async () => {
    const known = await ask(FIRST);
    const headers = { ...FIRST.headers, "if-none-match": known.etag ?? "" };
    const answer = await ask({ query: APRIL, claim: [], headers });
    expect([answer.status, answer.etag, JSON.parse(answer.text).data]).toEqual([200, null, []]);
    expect((await ask({ ...FIRST, claim: [SOUTH], headers })).status).toBe(200);
  });
});
