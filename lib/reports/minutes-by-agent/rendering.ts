import { csvLine, csvText } from "../../csv.ts";
import { minutesText } from "../../minutes.ts";
import { periodJson } from "../period-json.ts";
import type { AgentEntry, AgentReport } from "./agents.ts";

/** Renders the report as JSON in pieces, without whitespace. */
export function* agentsJson({ agents, period }: AgentReport): Generator<string> {
  yield '{"data":[';
  for (const [index, agent] of agents.entries()) yield `${index === 0 ? "" : ","}${entryJson(agent)}`;
  yield `],"period":${periodJson(period)}}`;
}

function entryJson(agent: AgentEntry): string {
  const names = { agent_id: agent.agentId, agent_name: agent.agentName, reseller_name: agent.resellerName };
  const owners = {
    organization_id: agent.organizationId,
    organization_name: agent.organizationName,
    reseller_id: agent.resellerId,
  };
  const figures = `"total_minutes":${minutesText(agent.seconds)},"call_count":${agent.calls}`;
  return `${JSON.stringify(names).slice(0, -1)},${figures},${JSON.stringify(owners).slice(1)}`;
}

const HEADER = [
  "agent_id",
  "agent_name",
  "reseller_name",
  "total_minutes",
  "call_count",
  "organization_id",
  "organization_name",
  "reseller_id",
  "voice_seconds",
];

/** Renders the report as CSV in pieces: the members of an entry, and its exact seconds. */
export function* agentsCsv({ agents }: AgentReport): Generator<string> {
  yield csvLine(HEADER);
  for (const agent of agents) {
    yield csvLine([
      agent.agentId,
      csvText(agent.agentName),
      csvText(agent.resellerName),
      minutesText(agent.seconds),
      String(agent.calls),
      agent.organizationId,
      csvText(agent.organizationName),
      agent.resellerId,
      String(agent.seconds),
    ]);
  }
}
