/**
 * Imports the built report function, as any host may, and calls it with the events of `process.argv[2]` (a JSON array
 * of `{ claim, query, remaining }`) all at once. The function's log goes to standard output. One last line contains
 * the statuses, and what the event loop still waits for.
 */
import { join } from "node:path";
import * as z from "zod";

const calls = z
  .array(z.object({ claim: z.unknown(), query: z.string(), remaining: z.number() }))
  .parse(JSON.parse(process.argv[2] ?? ""));
const bundle = join(import.meta.dirname, "../../dist/functions/reports/index.mjs");
const { handler } = z
  .looseObject({
    handler: z.custom<(event: object, context: object) => Promise<unknown>>(
      (value) => typeof value === "function",
    ),
  })
  .parse(await import(bundle));

const answers = await Promise.all(
  calls.map(async ({ claim, query, remaining }, index) => {
    const deadline = Date.now() + remaining;
    const event = {
      version: "2.0",
      rawPath: "/v1/reports/minutes-by-organization",
      rawQueryString: query.replace("?", ""),
      headers: {},
      isBase64Encoded: false,
      requestContext: {
        requestId: `request-${index}`,
        http: { method: "GET" },
        authorizer: { jwt: { claims: { reseller_ids: claim }, scopes: null } },
      },
    };
    const context = {
      awsRequestId: `invocation-${index}`,
      functionName: "report",
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    const answer = z
      .object({ statusCode: z.number(), body: z.string() })
      .parse(await handler(event, context));
    return { status: answer.statusCode, body: answer.body };
  }),
);
const waitsFor = process.getActiveResourcesInfo().filter((resource) => resource === "Timeout");
console.log(JSON.stringify({ answers, waitsFor }));
