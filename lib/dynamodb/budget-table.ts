import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { AwsAccess } from "../aws/access.ts";
import { jsonService, ServiceFault } from "../aws/json-service.ts";
import { withRetries } from "../aws/retry.ts";
import {
  type BudgetLimits,
  type BudgetWindow,
  budgetWindow,
  type ExecutionBudget,
} from "../execution-budget.ts";

export interface BudgetTableSettings {
  readonly table: string;
  /** Milliseconds after which the budget counts as unknown. */
  readonly timeout: number;
  /** Another endpoint than the region's (`AWS_ENDPOINT_URL_DYNAMODB`). */
  readonly endpoint: string | undefined;
}

const DYNAMODB = { name: "dynamodb", target: "DynamoDB_20120810" } as const;
/** A kept connection may have been closed by the other side. */
const TRIES = 2;
/** DynamoDB deletes an item some time after it has expired. */
const KEPT_SECONDS = 3_600;

const refusal = z.object({
  Item: z.optional(z.object({ tokens: z.optional(z.object({ SS: z.array(z.string()) })) })),
});

/**
 * Budgets as items of a DynamoDB table, one for each partner and window, with a set of the tokens started in it.
 *
 * One conditional update asks and counts at the same time: it succeeds if the token is in the set already, or if the
 * set has room. So identical requests of several instances, and repeated updates, count once. The request does not
 * use the SDK; docs/decisions/budget-without-a-dynamodb-sdk.md says why.
 *
 * @param now the present instant, milliseconds since 1970
 */
export function budgetTable(
  access: AwsAccess,
  { table, timeout, endpoint }: BudgetTableSettings,
  limits: BudgetLimits,
  now: () => number,
): ExecutionBudget {
  const call = jsonService(DYNAMODB, access, endpoint);
  return async (partner, token) => {
    const instant = now();
    const window = budgetWindow(instant, limits);
    const signal = AbortSignal.timeout(timeout);
    try {
      const input = update(table, partner, shortened(token), window);
      await withRetries(() => inTime(call("UpdateItem", input, signal), signal), TRIES, signal);
      return { kind: "granted" };
    } catch (cause) {
      if (!(cause instanceof ServiceFault) || cause.name !== "ConditionalCheckFailedException")
        return { kind: "unknown", cause };
      const isWindowFull = tokensIn(cause.answer) >= window.limit;
      const end = isWindowFull ? window.end : window.sliceEnd;
      return { kind: "refused", retryAfterSeconds: Math.max(1, Math.ceil(end - instant / 1_000)) };
    }
  };
}

/** How many tokens the item has; 0 if the answer does not contain it. */
function tokensIn(answer: unknown): number {
  return refusal.safeParse(answer).data?.Item?.tokens?.SS.length ?? 0;
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
