import type { AwsAccess } from "../aws/access.ts";
import { budgetTable } from "../dynamodb/budget-table.ts";
import type { ReportEnvironment } from "./environment.ts";

/** A caller waits: what takes longer is not worth waiting for. */
const TIMEOUT_MS = 200;

/** The budget of each partner; undefined if the deployment has none. */
export function partnerBudget(environment: ReportEnvironment, access: AwsAccess) {
  const { BUDGET_TABLE: table, PARTNER_EXECUTIONS_PER_MINUTE: perMinute } = environment;
  if (table === undefined || perMinute === 0) return undefined;
  const settings = { table, timeout: TIMEOUT_MS, endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB };
  const limits = { perMinute, freshnessSeconds: environment.FRESHNESS_SECONDS };
  return { take: budgetTable(access, settings, limits, Date.now), partnerClaim: environment.PARTNER_CLAIM };
}
