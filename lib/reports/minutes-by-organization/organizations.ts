import type { NamedReseller } from "../../errors.ts";
import type { Period } from "../../period.ts";
import { foldResellers, inReportOrder, type OrganizationUsage } from "../../usage/fold.ts";
import { type UsageRow, type UsageTotal, verifyTotals } from "../../usage/row.ts";

/** Minutes by organization: every organization of the selection with its agents, in the report's order. */
export interface OrganizationReport {
  readonly organizations: readonly OrganizationUsage[];
  readonly period: Period;
}

/**
 * Folds rows into the report as they arrive.
 *
 * @throws ServiceError `internal_error` if the result is incomplete or out of order, or a sum leaves the exact range
 */
export async function foldReport(
  batches: AsyncIterable<readonly (UsageRow | UsageTotal)[]>,
  period: Period,
): Promise<OrganizationReport> {
  const organizations: OrganizationUsage[] = [];
  for await (const reseller of foldResellers(verifyTotals(batches))) {
    for (const organization of reseller.organizations) organizations.push(organization);
  }
  return { organizations: organizations.sort(inReportOrder), period };
}

/** The resellers of the report, in its order. */
export function resellersOf({ organizations }: Pick<OrganizationReport, "organizations">): NamedReseller[] {
  const names = new Map(organizations.map(({ resellerId, resellerName }) => [resellerId, resellerName]));
  return Array.from(names, ([reseller_id, reseller_name]) => ({ reseller_id, reseller_name }));
}

/** The report for a scope without resellers. */
export function emptyReport(period: Period): OrganizationReport {
  return { organizations: [], period };
}
