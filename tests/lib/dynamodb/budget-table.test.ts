import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDynamoDb } from "../../../local/dynamodb/server.ts";
import { faults } from "../../../local/faults.ts";
import type { LocalServer } from "../../../local/listen.ts";
import { describeBudgets } from "./budget-rules.ts";
import { budgetOf, START, tokenOf } from "./budget-world.ts";

describe("budgets in dynalite", () => {
  let dynamodb: LocalServer;
  beforeAll(async () => {
    dynamodb = await startDynamoDb(0, "budgets", faults());
  });
  afterAll(() => dynamodb.close());
  describeBudgets(() => ({ url: dynamodb.url, table: "budgets" }));

  test("are unknown where the table is missing: the execution is started", async () => {
    const take = budgetOf(dynamodb.url, "missing", { now: START });
    expect(await take("partner", tokenOf(1))).toMatchObject({
      kind: "unknown",
      cause: { message: "dynamodb answered 400 ResourceNotFoundException: Requested resource not found" },
    });
  });
});

/** A budget whose DynamoDB answers as it is told; and how long it took, and what it was asked. */
async function askScripted(answer: (response: ServerResponse, nth: number) => void, timeout = 200) {
  const received: object[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    request.resume().on("end", () => answer(response, received.length));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const take = budgetOf(`http://127.0.0.1:${address.port}`, "budgets", { now: START }, {}, timeout);
  const startedAt = performance.now();
  const admission = await take("partner", tokenOf(1));
  const took = performance.now() - startedAt;
  server.closeAllConnections();
  server.close();
  return { admission, took, received };
}

describe("a DynamoDB that", () => {
  test("answers is asked once, with a signed update", async () => {
    const { admission, received } = await askScripted((response) => response.end("{}"), 20_000);
    expect(admission).toEqual({ kind: "granted" });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      "x-amz-target": "DynamoDB_20120810.UpdateItem",
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*\/us-east-1\/dynamodb\/aws4_request/),
    });
  });

  test.each([
    [60, 60],
    [20, 10],
  ])("returns an item with %i tokens has the caller wait %i s", async (tokens, seconds) => {
    const SS = Array.from({ length: tokens }, (_, at) => String(at));
    const { admission } = await askScripted(
      (response) =>
        response.writeHead(400).end(
          JSON.stringify({
            __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            Item: { tokens: { SS } },
          }),
        ),
      20_000,
    );
    expect(admission).toEqual({ kind: "refused", retryAfterSeconds: seconds });
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["does not answer", () => undefined],
    ["stops in the middle of its answer", (response) => void response.writeHead(200).write("{")],
    ["drops the connection", (response) => response.destroy()],
    ["fails", (response) => response.writeHead(500).end("{}")],
    ["refuses the role", (response) => response.writeHead(400).end('{"__type":"x#AccessDeniedException"}')],
    ["answers with something else", (response) => response.writeHead(400).end("<html>")],
  ])("%s is not waited for: the budget is unknown after 200 ms", async (_, answer) => {
    const { admission, took } = await askScripted(answer);
    expect(admission).toMatchObject({ kind: "unknown" });
    // The limit is 200 ms; a busy machine may come late.
    expect(took).toBeLessThan(1_500);
  });

  test("drops a kept connection is asked again", async () => {
    const drops = (response: ServerResponse, nth: number) => {
      if (nth === 1) response.destroy();
      else response.end("{}");
    };
    const { admission, received } = await askScripted(drops, 20_000);
    expect([admission, received.length]).toEqual([{ kind: "granted" }, 2]);
  });
});
