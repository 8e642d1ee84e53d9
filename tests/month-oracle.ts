/** What a closed month must say, by the oracle: the records before an instant, and of them the lines with calls. */
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
  const { data, period } = expectedReport(recordedBefore(lake, question.as_of), question);
  const billed = billedLines(lake, question);
  const entries = data.map((entry) => {
    const agents = entry.agents.filter((agent) =>
      billed.has(`${entry.organization_id},${entry.reseller_id},${agent.agent_id}`),
    );
    const agent_count = agents.filter((agent) => !/^[0-]+$/.test(agent.agent_id)).length;
    return { ...entry, agent_count, agents };
  });
  return { data: entries.filter((entry) => entry.agents.length > 0), period };
}

/** The same as CSV; for lakes whose names need no quotes. */
export function expectedMonthCsv(lake: Lake, question: MonthQuestion): string {
  const billed = billedLines(lake, question);
  const [header = "", ...lines] = expectedCsv(recordedBefore(lake, question.as_of), question).split("\r\n");
  const kept = lines.filter((line) => {
    const cells = line.split(",");
    return billed.has(`${cells[0]},${cells[2]},${cells[4]}`);
  });
  return [header, ...kept].map((line) => `${line}\r\n`).join("");
}

/** `organization,reseller,agent` of every line with calls: without a directory there are no others. */
function billedLines(lake: Lake, question: MonthQuestion): Set<string> {
  const calls = { ...recordedBefore(lake, question.as_of), organizations: [], agents: [] };
  return new Set(
    expectedOrganizations(calls, question).flatMap(({ organization_id, reseller_id, agents }) =>
      agents.map((agent) => `${organization_id},${reseller_id},${agent.agent_id}`),
    ),
  );
}

function recordedBefore(lake: Lake, asOf: string): Lake {
  const cutoff = Date.parse(asOf);
  return { ...lake, call_usage: lake.call_usage.filter((call) => call.recorded_at.getTime() < cutoff) };
}
