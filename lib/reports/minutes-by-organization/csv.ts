import { csvLine, csvText } from "../../csv.ts";
import { minutesText, type Seconds, toSeconds } from "../../minutes.ts";
import type { OrganizationReport } from "./organizations.ts";

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
 * Renders the report as CSV (RFC 4180) in pieces: a header and one line for each agent. An organization without
 * agents has one line with empty agent fields and 0.
 */
export function* reportCsv({ organizations, period }: OrganizationReport): Generator<string> {
  yield csvLine(HEADER);
  for (const { organizationId, organizationName, resellerId, resellerName, agents } of organizations) {
    const organization = [organizationId, csvText(organizationName), resellerId, csvText(resellerName)];
    const dates = [period.start, period.end];
    if (agents.length === 0) yield csvLine([...organization, "", "", ...figures(toSeconds(0)), ...dates]);
    for (const { agentId, agentName, seconds } of agents) {
      yield csvLine([...organization, agentId, csvText(agentName), ...figures(seconds), ...dates]);
    }
  }
}

function figures(seconds: Seconds): [string, string] {
  return [minutesText(seconds), String(seconds)];
}
