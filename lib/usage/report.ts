import type { Period } from "../period.ts";
import { foldResellers, inReportOrder, type OrganizationUsage } from "./fold.ts";
import { type UsageRow, type UsageTotal, wholeUsage } from "./row.ts";

/** Minutes by organization: every organization of the selection, its agents under it, in their order. */
export interface Report {
  readonly organizations: readonly OrganizationUsage[];
  readonly period: Period;
}

/**
 * Folds rows into the report as they arrive.
 *
 * @throws ServiceError `internal_error` when the result is not whole or not in order, or a sum leaves the exact range
 */
export async function foldReport(
  batches: AsyncIterable<readonly (UsageRow | UsageTotal)[]>,
  period: Period,
): Promise<Report> {
  const organizations: OrganizationUsage[] = [];
  for await (const reseller of foldResellers(wholeUsage(batches))) {
    for (const organization of reseller.organizations) organizations.push(organization);
  }
  return { organizations: organizations.sort(inReportOrder), period };
}

/** The report of a scope without resellers. */
export function emptyReport(period: Period): Report {
  return { organizations: [], period };
}
