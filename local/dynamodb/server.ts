import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import dynalite from "dynalite";
import { ConnectionDropped, type Faults } from "../faults.ts";
import { type LocalServer, listen } from "../listen.ts";

const PROTOCOL = "application/x-amz-json-1.0";

/**
 * Starts a DynamoDB with the table of the partners' budgets, as infra/budget.yml describes it, in memory. It can show
 * faults of `UpdateItem`.
 *
 * @param port 0 for a free one
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startDynamoDb(port: number, table: string, faults: Faults): Promise<LocalServer> {
  const emulator = dynalite({ createTableMs: 0 });
  const server = await listen(port, async (request, response) => {
    const [, operation = ""] = String(request.headers["x-amz-target"]).split(".");
    if (await isFaulty(faults, operation, response)) return;
    emulator.emit("request", request, response);
  });
  await createTable(server.url, table);
  return server;
}

/** Shows the fault that the operation's call gets, if it gets one. */
async function isFaulty(faults: Faults, operation: string, response: ServerResponse): Promise<boolean> {
  const effect = faults.next(operation);
  if (effect?.kind === "delay") await sleep(effect.milliseconds);
  if (effect?.kind === "drop") throw new ConnectionDropped();
  if (effect?.kind !== "refuse") return false;
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${effect.type}` });
  response.writeHead(effect.status, { "content-type": PROTOCOL }).end(body);
  return true;
}

async function createTable(url: string, table: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": PROTOCOL,
      "x-amz-target": "DynamoDB_20120810.CreateTable",
      "x-amz-date": "20260101T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "partner", AttributeType: "S" },
        { AttributeName: "window_start", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "partner", KeyType: "HASH" },
        { AttributeName: "window_start", KeyType: "RANGE" },
      ],
    }),
  });
  if (!response.ok) throw new Error(`the local DynamoDB refused its table: ${await response.text()}`);
}
