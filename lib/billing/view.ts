import { csvLine, csvText } from "../csv.ts";
import type { Uuid } from "../ids.ts";
import { minutesText } from "../minutes.ts";
import { reportCsv } from "../reports/minutes-by-organization/csv.ts";
import { reportJson } from "../reports/minutes-by-organization/json.ts";
import type { OrganizationReport } from "../reports/minutes-by-organization/organizations.ts";
import { periodJson } from "../reports/period-json.ts";
import { inReportOrder } from "../usage/fold.ts";
import type { NamedAdjustment } from "./adjustment-names.ts";
import type { Manifest } from "./manifest.ts";
import { type Month, periodOf } from "./month.ts";
import { deltaOf, jsonMinutes, rowTotalsJson, totalsOfRows } from "./row-totals.ts";
import { type Adjustment, adjustmentsJson, type Statement } from "./statement.ts";

/** The rows of some resellers in a closed month: a report, and its adjustments by reseller. */
export interface BilledReport {
  readonly report: OrganizationReport;
  readonly adjustments: readonly Adjustment[];
}

/** The revision of the month that rows come from. */
export type RevisionHead = Pick<Manifest, "period" | "revision" | "as_of">;

/**
 * Merges the statements of some resellers.
 *
 * @param organizationIds only these organizations; undefined for all
 */
export function billedReport(
  month: Month,
  statements: readonly Statement[],
  organizationIds?: readonly Uuid[],
): BilledReport {
  const wanted = organizationIds && new Set(organizationIds);
  const isWanted = ({ organizationId }: { readonly organizationId: Uuid }) =>
    wanted === undefined || wanted.has(organizationId);
  const organizations = statements.flatMap((statement) => statement.organizations.filter(isWanted));
  return {
    report: { organizations: organizations.sort(inReportOrder), period: periodOf(month) },
    adjustments: statements.flatMap((statement) => statement.adjustments.filter(isWanted)),
  };
}

/** An answer in each of its formats. */
export interface MonthDocument {
  readonly json: () => Iterable<string>;
  readonly csv: () => Iterable<string>;
  /** The name of the CSV file. */
  readonly fileName: string;
}

/** A closed month. */
export function snapshotDocument(billed: BilledReport, of: RevisionHead): MonthDocument {
  return {
    json: () => snapshotJson(billed, of),
    csv: () => snapshotCsv(billed.report, of),
    fileName: `minutes-by-organization_${of.period}_revision-${of.revision}.csv`,
  };
}

/** The adjustments of a closed month. */
export function adjustmentsDocument(rows: readonly NamedAdjustment[], of: RevisionHead): MonthDocument {
  return {
    json: () => monthAdjustmentsJson(rows, of),
    csv: () => monthAdjustmentsCsv(rows, of),
    fileName: `adjustments_${of.period}_revision-${of.revision}.csv`,
  };
}

/**
 * Renders the report's JSON, followed by the revision, its instant, its adjustments, and the totals of these rows
 * only.
 */
export function snapshotJson(
  { report, adjustments }: BilledReport,
  { revision, as_of }: RevisionHead,
): Generator<string> {
  return reportJson(report, "minutes", {
    revision: String(revision),
    as_of: JSON.stringify(as_of),
    adjustments: adjustmentsJson(adjustments),
    totals: JSON.stringify(rowTotalsJson(totalsOfRows(report.organizations, adjustments))),
  });
}

const END_OF_LINE = "\r\n";

/** Renders the report's CSV. Each line ends with two columns of its own: the revision and its `as_of`. */
export function* snapshotCsv(
  report: OrganizationReport,
  { revision, as_of }: Pick<RevisionHead, "revision" | "as_of">,
): Generator<string> {
  let more = "revision,as_of";
  for (const line of reportCsv(report)) {
    yield `${line.slice(0, -END_OF_LINE.length)},${more}${END_OF_LINE}`;
    more = `${revision},${as_of}`;
  }
}

/** Renders the adjustments of a revision as JSON in pieces, with names and totals. */
export function* monthAdjustmentsJson(
  adjustments: readonly NamedAdjustment[],
  { period, revision, as_of }: RevisionHead,
): Generator<string> {
  yield '{"data":[';
  for (const [index, row] of adjustments.entries()) {
    const delta = deltaOf(row);
    yield (index === 0 ? "" : ",") +
      JSON.stringify({
        organization_id: row.organizationId,
        organization_name: row.organizationName,
        reseller_id: row.resellerId,
        reseller_name: row.resellerName,
        agent_id: row.agentId,
        agent_name: row.agentName,
        seconds_before: row.before,
        seconds_after: row.after,
        seconds_delta: delta,
        minutes_delta: jsonMinutes(delta),
      });
  }
  const { adjustment_lines, adjustment_seconds, adjustment_minutes } = rowTotalsJson(
    totalsOfRows([], adjustments),
  );
  const totals = JSON.stringify({ adjustment_lines, adjustment_seconds, adjustment_minutes });
  yield `],"period":${periodJson(periodOf(period))},"revision":${revision},"as_of":${JSON.stringify(as_of)},"totals":${totals}}`;
}

const ADJUSTMENTS_HEADER = [
  "organization_id",
  "organization_name",
  "reseller_id",
  "reseller_name",
  "agent_id",
  "agent_name",
  "seconds_before",
  "seconds_after",
  "seconds_delta",
  "minutes_delta",
  "start_date",
  "end_date",
  "revision",
  "as_of",
];

/** Renders the adjustments of a revision as CSV (RFC 4180): a header and one line for each adjustment. */
export function* monthAdjustmentsCsv(
  adjustments: readonly NamedAdjustment[],
  { period, revision, as_of }: RevisionHead,
): Generator<string> {
  yield csvLine(ADJUSTMENTS_HEADER);
  const { start, end } = periodOf(period);
  for (const row of adjustments) {
    const delta = deltaOf(row);
    yield csvLine([
      row.organizationId,
      csvText(row.organizationName),
      row.resellerId,
      csvText(row.resellerName),
      row.agentId,
      csvText(row.agentName),
      String(row.before),
      String(row.after),
      String(delta),
      minutesText(delta),
      start,
      end,
      String(revision),
      as_of,
    ]);
  }
}
