/** What a closed month must say, by the oracle: the report over the records before an instant. */
import type { Lake } from "../local/lake/records.ts";
import {
  type ExpectedReport,
  expectedCsv,
  expectedOrganizations,
  expectedReport,
  type Question,
} from "./oracle.ts";

export interface MonthQuestion extends Question {
  readonly as_of: string;
}

/** The `data` and `period` of the month. */
export function expectedMonth(lake: Lake, question: MonthQuestion): ExpectedReport {
  return expectedReport(recordedBefore(lake, question.as_of), question);
}

/** The same as CSV; for lakes whose names need no quotes. */
export function expectedMonthCsv(lake: Lake, question: MonthQuestion): string {
  return expectedCsv(recordedBefore(lake, question.as_of), question);
}

/** The exact seconds of each line that has some, by `reseller organization agent`. */
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
