import { minutesText } from "../../minutes.ts";
import { type AgentUsage, agentCount, type OrganizationUsage } from "../../usage/fold.ts";
import { periodJson } from "../period-json.ts";
import type { OrganizationReport } from "./organizations.ts";

/** Whether figures are in minutes only, or also in exact seconds. */
export type Figures = "minutes" | "minutes and seconds";

/**
 * Renders the report as JSON in pieces, without whitespace. Each figure is rendered from its own exact seconds.
 *
 * @param more members that follow the report's own, each as JSON text
 * @returns the pieces in order; the agents of one organization are in several pieces, so that the size of a piece is
 * bounded
 */
export function* reportJson(
  { organizations, period }: OrganizationReport,
  figures: Figures = "minutes",
  more: Readonly<Record<string, string>> = {},
): Generator<string> {
  yield '{"data":[';
  for (const [index, organization] of organizations.entries()) {
    yield `${index === 0 ? "" : ","}${head(organization, figures)}`;
    for (const [place, agent] of organization.agents.entries()) {
      yield (place === 0 ? "" : ",") + line(agent, figures);
    }
    yield "]}";
  }
  yield `],"period":${periodJson(period)}`;
  for (const [name, json] of Object.entries(more)) yield `,"${name}":${json}`;
  yield "}";
}

function head(organization: OrganizationUsage, figures: Figures): string {
  const names = JSON.stringify({
    organization_id: organization.organizationId,
    organization_name: organization.organizationName,
    reseller_id: organization.resellerId,
    reseller_name: organization.resellerName,
  });
  const minutes = minutesText(organization.seconds);
  const seconds = figures === "minutes" ? "" : `,"total_voice_seconds":${organization.seconds}`;
  return `${names.slice(0, -1)},"total_voice_minutes":${minutes}${seconds},"agent_count":${agentCount(organization.agents)},"agents":[`;
}

function line({ agentId, agentName, seconds }: AgentUsage, figures: Figures): string {
  const exact = figures === "minutes" ? "" : `,"voice_seconds":${seconds}`;
  return `{"agent_id":"${agentId}","agent_name":${JSON.stringify(agentName)},"voice_minutes":${minutesText(seconds)}${exact}}`;
}
