import { minutesText, type Seconds, toSeconds } from "../../minutes.ts";
import type { Report } from "./report.ts";

const HEADER = [
  "organization_id",
  "organization_name",
  "reseller_id",
  "reseller_name",
  "agent_id",
  "agent_name",
  "voice_minutes",
  "voice_seconds",
  "start_date",
  "end_date",
];

/**
 * The report as CSV (RFC 4180: CRLF, quotes doubled), piece by piece: a header and one line an agent; an
 * organization without agents keeps one line with empty agent fields and 0.
 */
export function* reportCsv({ organizations, period }: Report): Generator<string> {
  yield record(HEADER);
  for (const { organizationId, organizationName, resellerId, resellerName, agents } of organizations) {
    const organization = [organizationId, cell(organizationName), resellerId, cell(resellerName)];
    const dates = [period.start, period.end];
    if (agents.length === 0) yield record([...organization, "", "", ...figures(toSeconds(0)), ...dates]);
    for (const { agentId, agentName, seconds } of agents) {
      yield record([...organization, agentId, cell(agentName), ...figures(seconds), ...dates]);
    }
  }
}

function figures(seconds: Seconds): [string, string] {
  return [minutesText(seconds), String(seconds)];
}

/**
 * A text cell. One that a spreadsheet would take for a formula is prefixed with `'`
 * (OWASP, "CSV Injection").
 */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function record(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}
