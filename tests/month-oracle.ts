/** What a closed month must contain, by the oracle: the report over the records before an instant. */
import type { Lake } from "../local/lake/records.ts";
import {
  type ExpectedReport,
  expectedCsv,
  expectedOrganizations,
  expectedReport,
  type Question,
  toMinutes,
} from "./oracle.ts";

export interface MonthQuestion extends Question {
  readonly as_of: string;
}

/** The `data` and `period` of the month. */
export function expectedMonth(lake: Lake, question: MonthQuestion): ExpectedReport {
  return expectedReport(recordedBefore(lake, question.as_of), question);
}

/** The member `totals` of the month: counts and sums of its rows, from the figures that the rows show. */
export function expectedMonthTotals(
  { data }: ExpectedReport,
  adjustments: readonly { readonly seconds_delta: number }[],
) {
  const usage = data.reduce((sum, each) => sum + BigInt(Math.round(each.total_voice_minutes * 60)), 0n);
  const adjusted = adjustments.reduce((sum, each) => sum + BigInt(each.seconds_delta), 0n);
  const adjustedMinutes = toMinutes(adjusted < 0n ? -adjusted : adjusted);
  return {
    usage_lines: data.flatMap(({ agents }) => agents).length,
    usage_seconds: Number(usage),
    usage_minutes: toMinutes(usage),
    adjustment_lines: adjustments.length,
    adjustment_seconds: Number(adjusted),
    adjustment_minutes: adjusted < 0n ? -adjustedMinutes : adjustedMinutes,
  };
}

/** The same as CSV; for lakes whose names need no quotes. */
export function expectedMonthCsv(lake: Lake, question: MonthQuestion): string {
  return expectedCsv(recordedBefore(lake, question.as_of), question);
}

/** The exact seconds of each line with usage, by `reseller organization agent`. */
export function monthFigures(lake: Lake, question: MonthQuestion): Map<string, bigint> {
  const organizations = expectedOrganizations(recordedBefore(lake, question.as_of), question);
  return new Map(
    organizations.flatMap(({ reseller_id, organization_id, agents }) =>
      agents.flatMap(({ agent_id, seconds }) =>
        seconds > 0n ? [[`${reseller_id} ${organization_id} ${agent_id}`, seconds] as const] : [],
      ),
    ),
  );
}

function recordedBefore(lake: Lake, asOf: string): Lake {
  const cutoff = Date.parse(asOf);
  return { ...lake, call_usage: lake.call_usage.filter((call) => call.recorded_at.getTime() < cutoff) };
}
