import { minutesText } from "../minutes.ts";
import { type AgentUsage, type OrganizationUsage, UNASSIGNED } from "./fold.ts";
import type { Report } from "./report.ts";

/**
 * The report as JSON, piece by piece, without blanks. Each figure is rendered from its own exact seconds.
 *
 * @returns the pieces in order; an organization's agents are in several, so that none grows with the report
 */
export function* reportJson({ organizations, period }: Report): Generator<string> {
  yield '{"data":[';
  for (const [index, organization] of organizations.entries()) {
    yield `${index === 0 ? "" : ","}${head(organization)}`;
    for (const [place, agent] of organization.agents.entries()) yield (place === 0 ? "" : ",") + line(agent);
    yield "]}";
  }
  yield `],"period":${JSON.stringify({ start_date: period.start, end_date: period.end })}}`;
}

/** How many agents an organization has: its lines but for the calls without an agent. */
function agentCount({ agents }: OrganizationUsage): number {
  return agents.filter(({ agentId }) => agentId !== UNASSIGNED).length;
}

function head(organization: OrganizationUsage): string {
  const names = JSON.stringify({
    organization_id: organization.organizationId,
    organization_name: organization.organizationName,
    reseller_id: organization.resellerId,
    reseller_name: organization.resellerName,
  });
  const minutes = minutesText(organization.seconds);
  return `${names.slice(0, -1)},"total_voice_minutes":${minutes},"agent_count":${agentCount(organization)},"agents":[`;
}

function line({ agentId, agentName, seconds }: AgentUsage): string {
  return `{"agent_id":"${agentId}","agent_name":${JSON.stringify(agentName)},"voice_minutes":${minutesText(seconds)}}`;
}
