import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import * as z from "zod/mini";
import { withRetries } from "../aws/retry.ts";
import {
  type BudgetLimits,
  type BudgetWindow,
  budgetWindow,
  type ExecutionBudget,
} from "../execution-budget.ts";

export interface BudgetTableSettings {
  readonly table: string;
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  /** How far this machine's clock is behind AWS's, in milliseconds. */
  readonly clockOffset: () => number;
  /** Milliseconds after which the budget counts as unknown. */
  readonly timeout: number;
  /** Another endpoint than the region's (`AWS_ENDPOINT_URL_DYNAMODB`). */
  readonly endpoint: string | undefined;
}

/** A kept connection may have been closed by the other side. */
const TRIES = 2;
/** DynamoDB deletes an item some time after it has expired. */
const KEPT_SECONDS = 3_600;

const answer = z.object({
  __type: z.optional(z.string()),
  Item: z.optional(z.object({ tokens: z.optional(z.object({ SS: z.array(z.string()) })) })),
});

/** DynamoDB answered with something other than a success or a failed condition. */
class DynamoError extends Error {
  override readonly name = "DynamoError";
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(status: number, type: string) {
    super(`DynamoDB answered ${status} ${type}`);
    this.$metadata = { httpStatusCode: status };
  }
}

/**
 * Budgets as items of a DynamoDB table, one for each partner and window, with a set of the tokens started in it.
 *
 * One conditional update asks and counts at the same time: it succeeds if the token is in the set already, or if the
 * set has room. So identical requests of several instances, and repeated updates, count once. The request is signed
 * here; docs/decisions/budget-without-a-dynamodb-sdk.md says why.
 *
 * @param now the present instant, milliseconds since 1970
 */
export function budgetTable(
  settings: BudgetTableSettings,
  limits: BudgetLimits,
  now: () => number,
): ExecutionBudget {
  const send = requestSender(settings);
  return async (partner, token) => {
    const instant = now();
    const window = budgetWindow(instant, limits);
    const signal = AbortSignal.timeout(settings.timeout);
    try {
      const body = JSON.stringify(update(settings.table, partner, shortened(token), window));
      const { status, content } = await withRetries(() => inTime(send(body, signal), signal), TRIES, signal);
      if (status === 200) return { kind: "granted" };
      const parsed = answer.parse(JSON.parse(content));
      const [type = ""] = /\w+$/.exec(parsed.__type ?? "") ?? [];
      if (type !== "ConditionalCheckFailedException") throw new DynamoError(status, type);
      const isWindowFull = (parsed.Item?.tokens?.SS.length ?? 0) >= window.limit;
      const end = isWindowFull ? window.end : window.sliceEnd;
      return { kind: "refused", retryAfterSeconds: Math.max(1, Math.ceil(end - instant / 1_000)) };
    } catch (cause) {
      return { kind: "unknown", cause };
    }
  };
}

/** The conditional update, as DynamoDB's `UpdateItem` takes it. */
function update(table: string, partner: string, token: string, window: BudgetWindow): object {
  const { start, end, limit, slice, sliceLimit } = window;
  return {
    TableName: table,
    Key: { partner: { S: partner }, window_start: { N: String(start) } },
    UpdateExpression: "ADD tokens :tokens, #slice :tokens SET expires_at = :expiresAt",
    ConditionExpression:
      "contains(tokens, :token) OR ((attribute_not_exists(tokens) OR size(tokens) < :limit) AND (attribute_not_exists(#slice) OR size(#slice) < :sliceLimit))",
    ExpressionAttributeNames: { "#slice": `slice_${slice}` },
    ExpressionAttributeValues: {
      ":tokens": { SS: [token] },
      ":token": { S: token },
      ":limit": { N: String(limit) },
      ":sliceLimit": { N: String(sliceLimit) },
      ":expiresAt": { N: String(end + KEPT_SECONDS) },
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

/** A token of 16 characters: DynamoDB charges a write by the item's size. */
function shortened(token: string): string {
  return createHash("sha256").update(token).digest("base64url").slice(0, 16);
}

/** Sends one signed `UpdateItem`. */
function requestSender({ region, credentials, requestHandler, clockOffset, endpoint }: BudgetTableSettings) {
  const signer = new SignatureV4({ service: "dynamodb", region, credentials, sha256: Sha256 });
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(endpoint ?? `https://dynamodb.${region}.${suffix}`);
  return async (body: string, abortSignal: AbortSignal) => {
    const unsigned = new HttpRequest({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: "/",
      headers: {
        host: url.host,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.UpdateItem",
      },
      body,
    });
    const signed = await signer.sign(unsigned, { signingDate: new Date(Date.now() + clockOffset()) });
    const { response } = await requestHandler.handle(new HttpRequest(signed), { abortSignal });
    const received: unknown = response.body;
    if (!(received instanceof Readable)) throw new TypeError("DynamoDB's answer has no body to stream");
    const content = await text(received);
    if (response.statusCode >= 500) throw new DynamoError(response.statusCode, "");
    return { status: response.statusCode, content };
  };
}

/** The promise's result; rejects as soon as the signal aborts, whatever the promise still waits for. */
async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
