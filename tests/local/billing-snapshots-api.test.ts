import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedMonth, expectedMonthCsv, expectedMonthTotals } from "../month-oracle.ts";
import { ADJUSTMENTS, BILLED_LAKE, FIRST_RUN, SECOND_RUN, WEST } from "./billed-lake.ts";
import { id, NORTH, SOUTH } from "./fixture.ts";
import { type Answer, type AskOptions, stackOver, type TestStack } from "./test-stack.ts";

const LIST = "/v1/billing/snapshots";
const APRIL = `${LIST}/2026-04`;
const REVISIONS = [FIRST_RUN, SECOND_RUN];
const PLAIN = { "accept-encoding": "identity" };

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
});
afterAll(() => stack[Symbol.asyncDispose]());

function ask(path: string, request: AskOptions = {}): Promise<Answer> {
  return stack.ask({ path, claim: [NORTH, SOUTH], ...request });
}

/** The document of the 200 for these resellers. */
function expectedText(resellers: readonly string[], revision: number): string {
  const as_of = REVISIONS[revision - 1] ?? "";
  const question = { resellers, start_date: "2026-04-01", end_date: "2026-04-30", as_of };
  const adjustments = ADJUSTMENTS.filter((each) => revision > 1 && resellers.includes(each.reseller_id));
  const month = expectedMonth(BILLED_LAKE, question);
  const totals = expectedMonthTotals(month, adjustments);
  return JSON.stringify({ ...month, revision, as_of, adjustments, totals });
}

/** Status, kind and detail of a problem document. */
function problemOf({ status, text, headers }: Answer): { status: number; type: string; detail: string } {
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(headers.get("cache-control")).toBe("private, no-store");
  expect(headers.get("etag")).toBeNull();
  const { type, detail }: { type: string; detail: string } = JSON.parse(text);
  return { status, type: type.replace("/problems/", ""), detail };
}

describe("before any month is closed", () => {
  test("the list is empty", async () => {
    const { status, text } = await ask(LIST);
    expect([status, text]).toEqual([200, '{"data":[]}']);
  });

  test("a month is a 404 that says since when it is due, and names the live report", async () => {
    const { status, type, detail } = problemOf(await ask(APRIL));
    expect([status, type]).toEqual([404, "month_not_closed"]);
    expect(detail).toContain("2026-05-04T00:00:00Z");
    const [, live = ""] = /shows it so far: (\S+)\.$/.exec(detail) ?? [];
    expect((await ask(live)).status).toBe(200);
  });

  test("a run during the grace changes nothing", async () => {
    expect(await stack.snapshot({ scheduled_time: "2026-05-03T23:59:59Z" })).toEqual({
      outcome: "in_grace",
      period: "2026-04",
      closable_from: "2026-05-04T00:00:00Z",
      bills: [],
    });
    expect((await ask(APRIL)).status).toBe(404);
  });
});

describe("after a month is closed and revised", () => {
  const outcomes: unknown[] = [];
  beforeAll(async () => {
    for (const scheduled_time of REVISIONS) outcomes.push(await stack.snapshot({ scheduled_time }));
  });

  test("the runs have reported it", () => {
    expect(outcomes).toMatchObject([
      {
        outcome: "closed",
        revision: 1,
        as_of: FIRST_RUN,
        adjustments: 0,
        bills: [{ number: 1, kind: "month", period: "2026-04", key: "bills/000001.json" }],
      },
      { outcome: "revised", revision: 2, as_of: SECOND_RUN, adjustments: 2, bills: [] },
    ]);
  });

  test("the list names it with its newest revision", async () => {
    const { text, headers } = await ask(LIST);
    const revisions = [
      { revision: 2, as_of: SECOND_RUN, changed: true },
      { revision: 1, as_of: FIRST_RUN, changed: true },
    ];
    expect(JSON.parse(text)).toEqual({
      data: [{ period: "2026-04", revision: 2, as_of: SECOND_RUN, revisions }],
    });
    expect(headers.get("cache-control")).toBe("private, no-cache");
  });

  test.each([
    ["one reseller", [NORTH]],
    ["another", [SOUTH]],
    ["both", [NORTH, SOUTH]],
    ["both and one without usage", [WEST, SOUTH, NORTH]],
  ])("the newest revision equals the oracle's for %s, to the byte", async (_, claim) => {
    const { status, text, headers } = await ask(APRIL, { claim });
    expect([status, text]).toEqual([200, expectedText(claim, 2)]);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toBe("accept, accept-encoding, authorization");
  });

  test("each revision stays unchanged, and the newest is returned by default", async () => {
    for (const revision of [1, 2]) {
      const { text } = await ask(APRIL, { query: `?revision=${revision}` });
      expect(text).toBe(expectedText([NORTH, SOUTH], revision));
    }
  });

  test("CSV is returned if preferred, and names month and revision", async () => {
    for (const [index, as_of] of REVISIONS.entries()) {
      const revision = index + 1;
      const query = `?revision=${revision}`;
      const { text, headers } = await ask(APRIL, { query, headers: { accept: "text/csv" } });
      const period = { start_date: "2026-04-01", end_date: "2026-04-30" };
      const report = expectedMonthCsv(BILLED_LAKE, { resellers: [NORTH, SOUTH], ...period, as_of });
      const more = (line: number) => (line === 0 ? "revision,as_of" : `${revision},${as_of}`);
      const lines = report.trimEnd().split("\r\n");
      expect(text).toBe(lines.map((line, number) => `${line},${more(number)}\r\n`).join(""));
      expect(headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
      expect(headers.get("content-disposition")).toBe(
        `attachment; filename="minutes-by-organization_2026-04_revision-${revision}.csv"`,
      );
    }
  });

  test("gzip is used if accepted, with the same content", async () => {
    const [zipped, plain] = await Promise.all(
      ["gzip", "identity"].map((encoding) => ask(APRIL, { headers: { "accept-encoding": encoding } })),
    );
    expect(zipped?.headers.get("content-encoding")).toBe("gzip");
    expect(plain?.headers.get("content-encoding")).toBeNull();
    expect(zipped?.text).toBe(plain?.text);
  });

  test("no Athena query is started to read it", async () => {
    stack.faults.set([]);
    await Promise.all([ask(LIST), ask(APRIL), ask(`${LIST}/2026-05`)]);
    expect(
      Object.keys(stack.faults.calls()).filter((operation) => /Query|WorkGroup/.test(operation)),
    ).toEqual([]);
  });

  test("only the caller's statements are read", async () => {
    stack.faults.set([]);
    await ask(APRIL, { claim: [WEST] });
    expect(stack.faults.calls()["GetObject"]).toBe(1);
    stack.faults.set([]);
    await ask(APRIL, { claim: [NORTH] });
    expect(stack.faults.calls()["GetObject"]).toBe(2);
  });
});

describe("anything that does not exist", () => {
  test("a missing revision is a 404 that names the existing ones", async () => {
    expect(problemOf(await ask(APRIL, { query: "?revision=3" }))).toEqual({
      status: 404,
      type: "not_found",
      detail: "2026-04 has revisions 1 to 2. Omit revision for the newest.",
    });
  });

  test.each([
    ["2026-05", "2026-06-04T00:00:00Z"],
    ["2400-01", "2400-02-04T00:00:00Z"],
    ["9999-12", "9999-12-31T23:59:59Z"],
    ["2019-12", "2020-01-01"],
  ])("%s is a 404 that names %s", async (month, instant) => {
    const { status, type, detail } = problemOf(await ask(`${LIST}/${month}`));
    expect([status, type]).toEqual([404, "month_not_closed"]);
    expect(detail).toContain(instant);
  });

  test.each(["2026-4", "2026-13", "2026-04-01", "latest", "%2e%2e%2f2026-04", "2026-04%0A", "%"])(
    "%s is not a month: a 404 that gives the form",
    async (month) => {
      const { status, detail } = problemOf(await ask(`${LIST}/${month}`));
      expect([status, detail]).toEqual([404, "Give the month as YYYY-MM: /v1/billing/snapshots/2026-04."]);
    },
  );

  test.each([`${LIST}/`, `${APRIL}/manifest.json`])("%s is a 404 of the gateway", async (path) => {
    const { status, text } = await ask(path);
    expect([status, text]).toEqual([404, '{"message":"Not Found"}']);
  });
});

describe("an invalid request is refused", () => {
  test.each([
    [APRIL, "?revision=1&revision=2", ["revision: repeated"]],
    [APRIL, "?revision=0", ["revision: invalid_revision"]],
    [APRIL, "?revision=", ["revision: invalid_revision"]],
    [APRIL, "?reseller_ids=x&page=1", ["reseller_ids: invalid_uuid", "page: unknown_parameter"]],
    [LIST, "?revision=1", ["revision: unknown_parameter"]],
  ])("%s%s", async (path, query, expected) => {
    const answer = await ask(path, { query });
    expect(problemOf(answer)).toMatchObject({ status: 400, type: "invalid_request" });
    const { errors }: { errors: { parameter: string; code: string }[] } = JSON.parse(answer.text);
    expect(errors.map(({ parameter, code }) => `${parameter}: ${code}`)).toEqual(expected);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is a 405 that allows GET", async (method) => {
    for (const path of [LIST, APRIL]) {
      const answer = await ask(path, { method });
      expect(problemOf(answer)).toMatchObject({ status: 405, type: "method_not_allowed" });
      expect(answer.headers.get("allow")).toBe("GET, HEAD");
    }
  });

  test.each([
    [APRIL, "text/html"],
    [APRIL, "application/json;q=0, text/csv;q=0"],
    [LIST, "text/csv"],
  ])("%s as %s is a 406", async (path, accept) => {
    expect(problemOf(await ask(path, { headers: { accept } }))).toMatchObject({ status: 406 });
  });

  test("without a token it is a 401", async () => {
    for (const path of [LIST, APRIL]) expect((await fetch(`${stack.url}${path}`)).status).toBe(401);
  });
});

describe("an entity tag", () => {
  const VARIANTS: readonly AskOptions[] = [
    { claim: [NORTH] },
    { claim: [SOUTH] },
    { claim: [NORTH, SOUTH] },
    { claim: [NORTH], query: "?revision=1" },
    { claim: [NORTH], headers: { accept: "text/csv" } },
    { claim: [NORTH], headers: PLAIN },
    { claim: [WEST] },
    { claim: [id("ff")] },
    { claim: [] },
  ];

  async function tagOf(request: AskOptions, path = APRIL): Promise<string> {
    return (await ask(path, request)).headers.get("etag") ?? "";
  }

  test("is strong, and differs for another scope, revision, format and encoding", async () => {
    const tags = await Promise.all(VARIANTS.map((request) => tagOf(request)));
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
    expect(new Set(tags).size).toBe(VARIANTS.length);
    expect(await tagOf({ claim: [WEST] }, LIST)).not.toBe(await tagOf({ claim: [NORTH] }, LIST));
  });

  test("is the same for the same answer, and then saves its body", async () => {
    for (const request of VARIANTS) {
      const tag = await tagOf(request);
      const headers = { ...request.headers, "if-none-match": `"x", W/${tag}` };
      const { status, text, headers: given } = await ask(APRIL, { ...request, headers });
      expect([status, text, given.get("etag")]).toEqual([304, "", tag]);
      expect(given.get("cache-control")).toBe("private, no-cache");
      for (const name of ["content-type", "content-encoding", "content-disposition"]) {
        expect(given.has(name)).toBe(false);
      }
    }
    const list = { headers: { "if-none-match": await tagOf({}, LIST) } };
    expect((await ask(LIST, list)).status).toBe(304);
  });

  test("of another caller, revision or format saves nothing", async () => {
    const tag = await tagOf({ claim: [NORTH] });
    for (const request of VARIANTS.slice(1)) {
      const headers = { ...request.headers, "if-none-match": tag };
      expect((await ask(APRIL, { ...request, headers })).status).toBe(200);
    }
  });
});
