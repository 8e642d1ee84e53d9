import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BILLED_LAKE, FIRST_RUN } from "./billed-lake.ts";
import { APRIL, id, NORTH, SOUTH } from "./fixture.ts";
import { type Answer, stackOver, type TestStack } from "./test-stack.ts";

const ACCOUNT = id("acc1");
const REPORT = "/v1/reports/minutes-by-organization";
const PATHS = [
  `${REPORT}${APRIL}`,
  "/v1/billing/snapshots/2026-04",
  "/v1/billing/bills",
  "/v1/billing/bills/1",
];

/** More resellers than a token can carry, including the lake's two. */
const MANY = [NORTH, SOUTH, ...Array.from({ length: 398 }, (_, at) => id(`f${at.toString(16)}`))];

let stack: TestStack;
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE);
  await stack.snapshot({ scheduled_time: FIRST_RUN });
});
afterAll(() => stack[Symbol.asyncDispose]());

async function ask(path: string, claims: object, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = `Bearer ${await stack.token(claims)}`;
  return stack.ask({ path, headers: { authorization, ...headers } });
}

/** The answer's type of problem; undefined for none. */
function problemOf({ text }: Answer): unknown {
  return JSON.parse(text)["type"];
}

describe("an account", () => {
  test("of 400 resellers, which do not fit into a token, gets the same answer as a token with those in the lake", async () => {
    await stack.grant(ACCOUNT, MANY);
    for (const path of PATHS) {
      const byAccount = await ask(path, { account_id: ACCOUNT });
      const byList = await ask(path, { reseller_ids: [NORTH, SOUTH] });
      expect(byAccount.status).toBe(200);
      expect(JSON.parse(byAccount.text)).toEqual(JSON.parse(byList.text));
      expect((await ask(path, { reseller_ids: MANY })).status).toBe(431);
    }
  });

  test("loses a reseller at the next request, even for an answer that its caller already has", async () => {
    await stack.grant(ACCOUNT, [NORTH, SOUTH]);
    const month = "/v1/billing/snapshots/2026-04";
    const before = await ask(month, { account_id: ACCOUNT });
    const known = { "if-none-match": before.headers.get("etag") ?? "" };
    expect((await ask(month, { account_id: ACCOUNT }, known)).status).toBe(304);
    expect(before.text).toContain(SOUTH);

    await stack.grant(ACCOUNT, [NORTH]);
    for (const path of PATHS.slice(0, 2)) {
      const after = await ask(path, { account_id: ACCOUNT }, known);
      expect(after.status).toBe(200);
      expect(after.text).toContain(NORTH);
      expect(after.text).not.toContain(SOUTH);
    }
  });

  test("without a grant, or a token with both claims, is refused on every path", async () => {
    await stack.grant(ACCOUNT, [NORTH]);
    for (const path of PATHS) {
      const unknown = await ask(path, { account_id: id("acc2") });
      expect([unknown.status, problemOf(unknown)]).toEqual([403, "/problems/unknown_account"]);
      for (const reseller_ids of [[NORTH], [], null, ""]) {
        const both = await ask(path, { account_id: ACCOUNT, reseller_ids });
        expect([both.status, problemOf(both)]).toEqual([403, "/problems/malformed_claim"]);
      }
      for (const account_id of [null, "", [], [ACCOUNT], `${ACCOUNT} `]) {
        const malformed = await ask(path, { account_id });
        expect([malformed.status, problemOf(malformed)]).toEqual([403, "/problems/malformed_claim"]);
      }
    }
    expect(stack.log()).toContain('"UnknownAccounts":1');
  });

  test("is answered with 503 while S3 fails, never with an empty report", async () => {
    await stack.grant(ACCOUNT, [NORTH]);
    stack.faults.set([
      { on: "GetObject", times: 100, effect: { kind: "refuse", status: 503, type: "SlowDown" } },
    ]);
    const busy = await ask(`${REPORT}${APRIL}`, { account_id: ACCOUNT });
    stack.faults.set([]);
    expect([busy.status, problemOf(busy)]).toEqual([503, "/problems/engine_unavailable"]);
    expect(busy.headers.get("retry-after")).toBe("5");
  });
});
