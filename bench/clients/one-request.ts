/**
 * Sends one request through the bundle named by the first argument, in a fresh process. Prints its peak memory and
 * the answer's size as one line of JSON.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as z from "zod";
import { gatewayEvent, invocation } from "../../tests/lib/http/events.ts";
import { RESELLER } from "../usage-result.ts";

type Handler = (event: unknown, context: object) => Promise<unknown>;

const isHandler = (value: unknown): value is Handler => typeof value === "function";
const bundle: unknown = await import(process.argv[2] ?? "");
const { handler } = z.looseObject({ handler: z.custom<Handler>(isHandler) }).parse(bundle);

const answer = await handler(
  gatewayEvent({
    query: "start_date=2026-04-01&end_date=2026-04-30",
    headers: { "accept-encoding": "gzip" },
    claims: { reseller_ids: `[${RESELLER}]` },
  }),
  invocation(),
);
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1_024;
const { statusCode, body, isBase64Encoded } = z
  .object({ statusCode: z.number(), body: z.string(), isBase64Encoded: z.boolean().default(false) })
  .parse(answer);
if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
const plain = isBase64Encoded ? gunzipSync(Buffer.from(body, "base64")).byteLength : Buffer.byteLength(body);
process.stderr.write(
  JSON.stringify({ peakMegabytes: peak, plainMegabytes: plain / 1e6, sentMegabytes: body.length / 1e6 }),
);
