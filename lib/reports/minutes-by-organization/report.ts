import type { NamedReseller } from "../../errors.ts";
import type { Period } from "../../period.ts";
import { foldResellers, inReportOrder, type OrganizationUsage } from "../../usage/fold.ts";
import { heldToDays, type RolledDay, type RolledDays } from "../../usage/rolled-days.ts";
import { type UsageRow, type UsageTotal, wholeUsage } from "../../usage/row.ts";

/** Minutes by organization: every organization of the selection, its agents under it, in their order. */
export interface Report {
  readonly organizations: readonly OrganizationUsage[];
  readonly period: Period;
}

/**
 * Folds rows into the report as they arrive.
 *
 * @param rolled the days that the query took from the rollup
 * @throws ServiceError `internal_error` when the result is not whole or not in order, lacks a day of the rollup, or a
 *   sum leaves the exact range
 */
export async function foldReport(
  batches: AsyncIterable<readonly (UsageRow | UsageTotal | RolledDay)[]>,
  period: Period,
  rolled?: RolledDays,
): Promise<Report> {
  const organizations: OrganizationUsage[] = [];
  for await (const reseller of foldResellers(wholeUsage(heldToDays(batches, rolled)))) {
    for (const organization of reseller.organizations) organizations.push(organization);
  }
  return { organizations: organizations.sort(inReportOrder), period };
}

/** Whose figures a report has, in its order. */
export function resellersOf({ organizations }: Report): NamedReseller[] {
  const names = new Map(organizations.map(({ resellerId, resellerName }) => [resellerId, resellerName]));
  return Array.from(names, ([reseller_id, reseller_name]) => ({ reseller_id, reseller_name }));
}

/** The report of a scope without resellers. */
export function emptyReport(period: Period): Report {
  return { organizations: [], period };
}
