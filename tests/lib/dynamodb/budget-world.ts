/** Budgets in a DynamoDB that others wrote: dynalite here, MiniStack's in the deployment's tests. */
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { serverClock } from "../../../lib/aws/server-clock.ts";
import { budgetTable } from "../../../lib/dynamodb/budget-table.ts";
import type { Admission, BudgetLimits, ExecutionBudget } from "../../../lib/execution-budget.ts";

export const START = Date.UTC(2026, 4, 1, 12);

/** A clock that stands where it is put. */
export interface Clock {
  now: number;
}

/** The budget as one instance of the function has it, with connections of its own. */
export function budgetOf(
  endpoint: string,
  table: string,
  clock: Clock,
  limits: Partial<BudgetLimits> = {},
  timeout = 20_000,
): ExecutionBudget {
  const access = {
    region: "us-east-1",
    credentials: async () => ({ accessKeyId: "test", secretAccessKey: "test" }),
    requestHandler: new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 4_000 }),
    clock: serverClock(),
  };
  return budgetTable(
    access,
    { table, timeout, endpoint },
    { perMinute: 60, freshnessSeconds: 60, ...limits },
    () => clock.now,
  );
}

/** How many of the answers are of each kind. */
export function counted(admissions: readonly Admission[]): Record<string, number> {
  const kinds = Object.groupBy(admissions, ({ kind }) => kind);
  return Object.fromEntries(Object.entries(kinds).map(([kind, some]) => [kind, some.length]));
}

/** The number as a token. */
export function tokenOf(number: number): string {
  return number.toString(16).padStart(64, "0");
}
