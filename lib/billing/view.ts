import { reportCsv } from "../reports/minutes-by-organization/csv.ts";
import { reportJson } from "../reports/minutes-by-organization/json.ts";
import type { OrganizationReport } from "../reports/minutes-by-organization/organizations.ts";
import type { OrganizationUsage } from "../usage/fold.ts";
import { inReportOrder } from "../usage/fold.ts";
import type { Manifest } from "./manifest.ts";
import { type Month, periodOf } from "./month.ts";
import { type Adjustment, adjustmentsJson, type Statement } from "./statement.ts";

/** What some resellers' statements are together: a report, and its adjustments by reseller. */
export function billedReport(
  month: Month,
  statements: readonly Statement[],
): { readonly report: OrganizationReport; readonly adjustments: readonly Adjustment[] } {
  const organizations: OrganizationUsage[] = [];
  for (const statement of statements) {
    for (const organization of statement.organizations) organizations.push(organization);
  }
  return {
    report: { organizations: organizations.sort(inReportOrder), period: periodOf(month) },
    adjustments: statements.flatMap((statement) => statement.adjustments),
  };
}

/** The report's JSON with the revision, its instant and its adjustments after the report's own members. */
export function snapshotJson(
  report: OrganizationReport,
  { revision, as_of }: Manifest,
  adjustments: readonly Adjustment[],
): Generator<string> {
  return reportJson(report, "minutes", {
    revision: String(revision),
    as_of: JSON.stringify(as_of),
    adjustments: adjustmentsJson(adjustments),
  });
}

const END_OF_LINE = "\r\n";

/** The report's CSV. Each line ends with two columns of its own: the revision and its `as_of`. */
export function* snapshotCsv(
  report: OrganizationReport,
  { revision, as_of }: Pick<Manifest, "revision" | "as_of">,
): Generator<string> {
  let more = "revision,as_of";
  for (const line of reportCsv(report)) {
    yield `${line.slice(0, -END_OF_LINE.length)},${more}${END_OF_LINE}`;
    more = `${revision},${as_of}`;
  }
}
