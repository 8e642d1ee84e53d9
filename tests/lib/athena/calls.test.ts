/** Compares the requests and answers of the service's own calls with those of AWS's SDK, over a real connection. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AthenaCalls, athenaCalls } from "../../../lib/athena/calls.ts";
import { isExpired, isPassing, isThrottled } from "../../../lib/aws/retry.ts";
import { serverClock } from "../../../lib/aws/server-clock.ts";

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const NEVER = new AbortController().signal;
const credentials = { accessKeyId: "key", secretAccessKey: "secret", sessionToken: "session" };
const region = "eu-central-1";
const received: { headers: IncomingMessage["headers"]; method?: string; url?: string; body: string }[] = [];
let reply: Reply = { body: "{}" };

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers, method, url } = request;
  received.push({ headers, ...(method && { method }), ...(url && { url }), body: await text(request) });
  response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
}

const server = createServer((request, response) => void respond(request, response));
const requestHandler = new NodeHttpHandler();
let ours: AthenaCalls;
let sdk: AthenaClient;
let endpoint = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  endpoint = `http://127.0.0.1:${address.port}`;
  sdk = new AthenaClient({ region, endpoint, credentials, maxAttempts: 1 });
});
beforeEach(() => {
  const access = { region, credentials: async () => credentials, requestHandler, clock: serverClock() };
  ours = athenaCalls(access, endpoint);
  received.length = 0;
  reply = { body: "{}" };
});
afterAll(() => {
  sdk.destroy();
  requestHandler.destroy();
  server.closeAllConnections();
  server.close();
});

/** The reason why the promise rejects. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

const INPUT = {
  QueryString: "SELECT 'é' -- 💶",
  ExecutionParameters: ["'a'", "1"],
  QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "lake" },
  WorkGroup: "reports",
  ResultConfiguration: { OutputLocation: "s3://results/" },
  ClientRequestToken: "a".repeat(64),
};

/** Each operation: as the service calls it, and as the SDK does. */
const OPERATIONS: readonly [string, () => Promise<unknown>, () => Promise<unknown>][] = [
  [
    "StartQueryExecution",
    () => ours.start(INPUT, NEVER),
    () => sdk.send(new StartQueryExecutionCommand(INPUT)),
  ],
  [
    "GetQueryExecution",
    () => ours.get("id-1", NEVER),
    () => sdk.send(new GetQueryExecutionCommand({ QueryExecutionId: "id-1" })),
  ],
  [
    "StopQueryExecution",
    () => ours.stop("id-1", NEVER),
    () => sdk.send(new StopQueryExecutionCommand({ QueryExecutionId: "id-1" })),
  ],
  [
    "GetQueryResults",
    () => ours.results("id-1", "next", NEVER),
    () => sdk.send(new GetQueryResultsCommand({ QueryExecutionId: "id-1", NextToken: "next" })),
  ],
  [
    "GetWorkGroup",
    () => ours.workgroup("reports", NEVER),
    () => sdk.send(new GetWorkGroupCommand({ WorkGroup: "reports" })),
  ],
];

describe("a call of Athena", () => {
  test.each(OPERATIONS)("%s sends the same request as the SDK", async (_, call, sdkCall) => {
    await call();
    await sdkCall();
    const [own, expected] = received;
    expect(own?.method).toBe(expected?.method);
    expect(own?.url).toBe(expected?.url);
    expect(JSON.parse(own?.body ?? "")).toEqual(JSON.parse(expected?.body ?? ""));
    for (const name of ["host", "content-type", "x-amz-target", "x-amz-security-token", "content-length"]) {
      expect([name, own?.headers[name]]).toEqual([name, expected?.headers[name]]);
    }
    const scope = /Credential=key\/\d{8}\/eu-central-1\/athena\/aws4_request/;
    expect(own?.headers.authorization).toMatch(scope);
    expect(expected?.headers.authorization).toMatch(scope);
  });

  test("returns what the SDK does, without members that are null", async () => {
    const status = {
      State: "FAILED",
      StateChangeReason: null,
      CompletionDateTime: 1_777_636_800.123,
      AthenaError: { Retryable: true, ErrorMessage: "no" },
    };
    const statistics = {
      DataScannedInBytes: 5_000_000_000,
      QueryQueueTimeInMillis: 12,
      EngineExecutionTimeInMillis: 7,
    };
    const location = { OutputLocation: "s3://results/id-1.csv" };
    reply = {
      body: JSON.stringify({
        QueryExecution: { Status: status, Statistics: statistics, ResultConfiguration: location },
      }),
    };
    const { QueryExecution } = await sdk.send(new GetQueryExecutionCommand({ QueryExecutionId: "id-1" }));
    const own = await ours.get("id-1", NEVER);
    expect(own.QueryExecution).toEqual({
      Status: {
        State: "FAILED",
        CompletionDateTime: new Date(1_777_636_800_123),
        AthenaError: { Retryable: true, ErrorMessage: "no" },
      },
      Statistics: statistics,
      ResultConfiguration: location,
    });
    expect(QueryExecution).toMatchObject(own.QueryExecution ?? {});
  });

  test("reads a page of a result as the SDK does, with NULL as a cell without a value", async () => {
    const Rows = [
      { Data: [{ VarCharValue: "a" }, {}, { VarCharValue: null }] },
      { Data: [{ VarCharValue: "" }] },
    ];
    reply = { body: JSON.stringify({ NextToken: "more", ResultSet: { Rows } }) };
    const own = await ours.results("id-1", undefined, NEVER);
    const expected = await sdk.send(new GetQueryResultsCommand({ QueryExecutionId: "id-1" }));
    expect(own).toEqual({ NextToken: expected.NextToken, ResultSet: { Rows: expected.ResultSet?.Rows } });
    expect(own.ResultSet?.Rows?.[0]?.Data).toEqual([{ VarCharValue: "a" }, {}, {}]);
  });

  test.each([
    ["without JSON", "<html>", "is not valid JSON"],
    ["with a status of another type", '{"QueryExecution":{"Status":{"State":3}}}', "State"],
    ["without content", "", "Unexpected end"],
  ])("fails for an answer %s", async (_, body, reason) => {
    reply = { body };
    await expect(ours.get("id-1", NEVER)).rejects.toThrow(reason);
  });
});

describe("an error of Athena", () => {
  const fault = (
    type: string,
    status = 400,
    body = `{"__type":"${type}","Message":"Rate exceeded"}`,
  ): Reply => ({
    status,
    body,
  });

  test.each<[string, Reply]>([
    ["a throttled call", fault("TooManyRequestsException")],
    ["one with a namespace", fault("com.amazonaws.athena#TooManyRequestsException")],
    [
      "one with a URI",
      fault("ThrottlingException:http://internal.amazon.com/coral/com.amazon.coral.service/"),
    ],
    ["an invalid request", fault("InvalidRequestException")],
    ["expired credentials", fault("ExpiredTokenException")],
    ["a fault of the service", fault("InternalServerException", 500)],
    ["an answer of a proxy", fault("", 503, "<html>Service Unavailable</html>")],
    ["an unknown error", fault("SomethingElse", 400, '{"__type":"SomethingElse"}')],
    ["an error without a type", fault("", 429, "{}")],
  ])("(%s) is judged as the SDK's is", async (_, answer) => {
    reply = answer;
    const own = await failureOf(ours.get("id-1", NEVER));
    const expected = await failureOf(sdk.send(new GetQueryExecutionCommand({ QueryExecutionId: "id-1" })));
    const judged = (error: unknown) => [isThrottled(error), isPassing(error), isExpired(error)];
    expect(judged(own)).toEqual(judged(expected));
    const isInvalid = (error: unknown) => error instanceof Error && error.name === "InvalidRequestException";
    expect(isInvalid(own)).toBe(isInvalid(expected));
  });

  test("names the service, the status, the type and the message", async () => {
    reply = fault(
      "InvalidRequestException",
      400,
      '{"__type":"InvalidRequestException","Message":"line 1:1"}',
    );
    await expect(ours.get("id-1", NEVER)).rejects.toThrow(
      "athena answered 400 InvalidRequestException: line 1:1",
    );
  });

  test("about a signature is passing if this clock was wrong, and the next call has the server's time", async () => {
    const ahead = Date.now() + 2 * 3_600_000;
    const date = new Date(ahead).toUTCString();
    reply = { ...fault("InvalidSignatureException", 403), headers: { date } };
    const error = await failureOf(ours.get("id-1", NEVER));
    expect(isPassing(error)).toBe(true);
    expect(isPassing(await failureOf(ours.get("id-1", NEVER)))).toBe(false);
    const signedAt = String(received[1]?.headers["x-amz-date"]);
    const signed = Date.parse(signedAt.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
    expect(Math.abs(signed - ahead)).toBeLessThan(60_000);
  });
});
