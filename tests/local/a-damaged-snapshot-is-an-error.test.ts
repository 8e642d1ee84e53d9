import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../local/faults.ts";
import { BILLED_LAKE, FIRST_RUN, SECOND_RUN } from "./billed-lake.ts";
import { NORTH, SOUTH } from "./fixture.ts";
import { manifestPath, type SnapshotObjects, snapshotObjects } from "./snapshot-objects.ts";
import { type Answer, stackOver, type TestStack } from "./test-stack.ts";

const LIST = "/v1/billing/snapshots";
const APRIL = `${LIST}/2026-04`;
const MANIFEST = manifestPath("2026-04", 1);

let stack: TestStack;
let objects: SnapshotObjects;
/** The objects as the run left them, and the answer that they give. */
const intact = new Map<string, Buffer>();
let whole: Answer;
let statement: string;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
  await stack.snapshot({ scheduled_time: FIRST_RUN });
  objects = snapshotObjects(stack.s3);
  const { resellers } = await objects.manifest("2026-04", 1);
  statement = resellers.find((entry) => entry.reseller_id === NORTH)?.key ?? "";
  for (const key of [MANIFEST, statement]) intact.set(key, await objects.get(key));
  whole = await month();
});
afterAll(() => stack[Symbol.asyncDispose]());
afterEach(async () => {
  stack.faults.set([]);
  for (const [key, bytes] of intact) await objects.put(key, bytes);
});

function month(claim: readonly string[] = [NORTH, SOUTH]): Promise<Answer> {
  return stack.ask({ path: APRIL, claim });
}

/** A 503 that reveals nothing of what is damaged. */
const DAMAGED = {
  status: 503,
  etag: null,
  document: {
    type: "/problems/snapshot_damaged",
    title: "Stored billing data is damaged",
    status: 503,
    detail:
      "The stored data of this answer is damaged. It is not shown until it is repaired. The operator has been notified; contact support with the request_id.",
  },
};

/** A 500 that reveals nothing of what is stored, nor of where. */
const FAULT = {
  status: 500,
  etag: null,
  document: {
    type: "/problems/internal_error",
    title: "Something went wrong on our side",
    status: 500,
    detail:
      "The answer could not be made. Try again. If the error persists, contact support with the request_id.",
  },
};

function seenIn({ status, text, headers }: Answer) {
  const { request_id: requestId, ...document }: Record<string, unknown> = JSON.parse(text);
  expect(requestId).toBe(headers.get("x-request-id"));
  return { status, etag: headers.get("etag"), document };
}

/** The object's text with one part replaced. */
function edited(key: string, part: string | RegExp, by: string): string {
  const text = intact.get(key)?.toString() ?? "";
  expect(text).toMatch(part);
  return text.replace(part, by);
}

describe("a statement that does not match its manifest is an error, never a smaller bill", () => {
  test("if it is missing", async () => {
    await objects.delete(statement);
    expect(seenIn(await month())).toEqual(DAMAGED);
    expect(seenIn(await month([NORTH]))).toEqual(DAMAGED);
  });

  test.each<[string, () => string]>([
    ["empty", () => ""],
    ["cut short", () => intact.get(statement)?.toString().slice(0, -1) ?? ""],
    ["of other seconds", () => edited(statement, /"voice_seconds":\d/, '"voice_seconds":9')],
    ["without organizations", () => '{"data":[],"adjustments":[]}'],
    ["the same with a blank more", () => edited(statement, "{", "{ ")],
    ["another reseller's", () => edited(statement, new RegExp(NORTH, "g"), SOUTH)],
  ])("if it is %s", async (_, textOf) => {
    await objects.put(statement, textOf());
    expect(seenIn(await month())).toEqual(DAMAGED);
  });

  test("others, whose statements are intact, get theirs", async () => {
    const before = await month([SOUTH]);
    await objects.delete(statement);
    const { status, text } = await month([SOUTH]);
    expect([status, text]).toEqual([200, before.text]);
  });

  test("the answer returns after the statement is restored", async () => {
    await objects.delete(statement);
    expect(seenIn(await month())).toEqual(DAMAGED);
    await objects.put(statement, intact.get(statement) ?? "");
    expect((await month()).text).toBe(whole.text);
  });

  test("the run that would adjust it writes nothing and names no reseller in the log", async () => {
    await objects.delete(statement);
    await expect(stack.snapshot({ scheduled_time: SECOND_RUN })).rejects.toThrow("is missing");
    await expect(objects.get(manifestPath("2026-04", 2))).rejects.toThrow("404");
    expect(stack.log()).toContain('"code":"snapshot_damaged"');
    expect(stack.log()).not.toContain(NORTH);
  });
});

describe("an invalid manifest is an error, never a month that is not closed", () => {
  test.each<[string, () => string]>([
    ["empty", () => ""],
    ["cut short", () => intact.get(MANIFEST)?.toString().slice(0, 100) ?? ""],
    ["another month's", () => edited(MANIFEST, '"period":"2026-04"', '"period":"2026-03"')],
    ["another revision's", () => edited(MANIFEST, '"revision":1', '"revision":2')],
    ["of another schema", () => edited(MANIFEST, '"schema_version":2', '"schema_version":3')],
  ])("if it is %s", async (_, textOf) => {
    await objects.put(MANIFEST, textOf());
    expect(seenIn(await month())).toEqual(DAMAGED);
    expect((await stack.ask({ path: LIST, claim: [NORTH] })).status).toBe(200);
  });

  test("a revision without a manifest does not count: the month is not closed", async () => {
    await objects.put("minutes-by-organization/period=2026-03/revision=0001/resellers/x.json", "{}");
    await objects.put("minutes-by-organization/period=2026-04/revision=0002/resellers/x.json", "{}");
    expect((await stack.ask({ path: `${LIST}/2026-03`, claim: [NORTH] })).status).toBe(404);
    expect((await month()).text).toBe(whole.text);
    const list = await stack.ask({ path: LIST, claim: [NORTH] });
    expect(JSON.parse(list.text).data).toMatchObject([
      { period: "2026-04", revision: 1, as_of: FIRST_RUN, revisions: [{ revision: 1 }] },
    ]);
  });
});

describe("faults of S3", () => {
  const refuse = (status: number, type: string, more: Partial<FaultRule> = {}): FaultRule => ({
    on: "GetObject",
    effect: { kind: "refuse", status, type },
    ...more,
  });

  test.each<[string, FaultRule[]]>([
    ["a refusal or two", [refuse(503, "SlowDown", { times: 2 })]],
    ["an error of its own", [refuse(500, "InternalError", { times: 1, after: 1 })]],
    ["a connection that drops", [{ on: "GetObject", times: 1, effect: { kind: "drop" } }]],
    [
      "a statement cut on its way",
      [{ on: "GetObject", times: 1, after: 1, effect: { kind: "cut", bytes: 50 } }],
    ],
  ])("that are transient are hidden from the caller: %s", async (_, rules) => {
    stack.faults.set(rules);
    const { status, text } = await month();
    expect([status, text]).toEqual([200, whole.text]);
  });

  test.each<[string, FaultRule[]]>([
    ["of the manifest", [refuse(503, "SlowDown")]],
    ["of a statement", [refuse(503, "SlowDown", { after: 1 })]],
    ["that drop every connection", [{ on: "GetObject", effect: { kind: "drop" } }]],
  ])("%s that last are a 503 that says when to come back", async (_, rules) => {
    stack.faults.set(rules);
    const { status, text, headers } = await month();
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    expect(headers.get("etag")).toBeNull();
    expect(JSON.parse(text)).toMatchObject({
      type: "/problems/engine_unavailable",
      detail: "The snapshots cannot be reached now. Try again in 5 seconds.",
    });
  });

  test("that deny access are an internal error", async () => {
    stack.faults.set([refuse(403, "AccessDenied")]);
    expect(seenIn(await month())).toEqual(FAULT);
  });

  test("that send a truncated statement as if it were complete are an internal error", async () => {
    stack.faults.set([{ on: "GetObject", after: 1, effect: { kind: "truncate", bytes: 50 } }]);
    expect(seenIn(await month())).toEqual(DAMAGED);
  });
});
