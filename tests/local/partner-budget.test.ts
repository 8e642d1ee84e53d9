import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { DEFINITION_VERSION } from "../../lib/usage/counted-calls.ts";
import { ROLLUP_BUCKET } from "../../local/functions.ts";
import { LAKE, NORTH, SOUTH } from "./fixture.ts";
import { s3Client } from "./s3-client.ts";
import { type Answer, stackOver, type TestStack } from "./test-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(LAKE, {}, { rollsUp: true, partnerExecutionsPerMinute: 1 });
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => stack.faults.set([]));

let days = 1;
/** A query that nobody has made yet. */
function newQuery(): string {
  days += 1;
  return `?start_date=2026-01-01&end_date=${new Date(Date.UTC(2026, 0, days)).toISOString().slice(0, 10)}`;
}

const ask = (query: string, ...claim: string[]): Promise<Answer> => stack.ask({ query, claim });

/** Makes new queries until one is refused: the second, unless a minute ends or DynamoDB is late. */
async function askUntilRefused(
  ...claim: string[]
): Promise<{ granted: string[]; refused: Answer | undefined }> {
  const granted: string[] = [];
  for (let tries = 0; tries < 10; tries++) {
    const query = newQuery();
    const answer = await ask(query, ...claim);
    if (answer.status !== 200) return { granted, refused: answer };
    granted.push(query);
  }
  return { granted, refused: undefined };
}

describe("a partner that has used up its budget", () => {
  test("gets a 429 with a retry-after, while others and its own repeated requests are answered", async () => {
    const { granted, refused } = await askUntilRefused(NORTH);
    expect(stack.faults.calls()["StartQueryExecution"]).toBe(granted.length);
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(refused?.text ?? "")).toMatchObject({
      type: "/problems/too_many_queries",
      status: 429,
    });
    const seconds = Number(refused?.headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect((await ask(newQuery(), SOUTH)).status).toBe(200);
  });

  test("is answered where the rollup cannot be used: reading the calls instead is never refused", async () => {
    // The state claims days that the table does not have.
    const covered = {
      from: "2026-01-01",
      through: "2026-12-31",
      marks: Array.from({ length: 365 }, () => "m"),
    };
    const state = {
      schema_version: 2,
      lake: "s3://lake/",
      definition: DEFINITION_VERSION,
      covered,
      in_flux: [],
    };
    const s3 = s3Client(stack.s3);
    const object = { Bucket: ROLLUP_BUCKET, Key: STATE_NAME };
    await s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(state) }));
    // A partner of its own: the budget of the other one may be used up.
    const { granted, refused } = await askUntilRefused(NORTH, SOUTH);
    await s3.send(new DeleteObjectCommand(object));
    s3.destroy();
    // Each answer took two executions, and the budget counted one. The refused one started none.
    expect(granted.length).toBeGreaterThanOrEqual(1);
    expect(refused?.status).toBe(429);
    expect(stack.faults.calls()["StartQueryExecution"]).toBe(2 * granted.length);
    expect(stack.log().match(/"RollupFallbacks":1/g)).toHaveLength(granted.length);
  });

  test("is answered all the same where DynamoDB fails or is slow, and that is counted", async () => {
    await askUntilRefused(NORTH);
    stack.faults.set([{ on: "UpdateItem", effect: { kind: "delay", milliseconds: 600 } }]);
    expect((await ask(newQuery(), NORTH)).status).toBe(200);
    stack.faults.set([
      { on: "UpdateItem", effect: { kind: "refuse", status: 400, type: "AccessDeniedException" } },
    ]);
    expect((await ask(newQuery(), NORTH)).status).toBe(200);
    expect(stack.log().match(/"BudgetUnavailable":1/g)?.length).toBeGreaterThanOrEqual(2);
  });
});
