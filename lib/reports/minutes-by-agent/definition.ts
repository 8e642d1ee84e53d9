import * as z from "zod/mini";
import { PARAMETERS } from "../../request/report-request.ts";
import { defineReport } from "../report.ts";
import { foldAgents, resellersOfAgents } from "./agents.ts";
import { documentation } from "./documentation.ts";
import { agentQuery } from "./query.ts";
import { agentsCsv, agentsJson } from "./rendering.ts";

const { start_date, end_date, agent_ids, organization_ids, reseller_ids } = PARAMETERS;

export const minutesByAgent = defineReport({
  name: "minutes-by-agent",
  parameters: z.strictObject({ start_date, end_date, agent_ids, organization_ids, reseller_ids }),
  query: ({ request, ...selection }) =>
    agentQuery({ ...selection, agentIds: request.agent_ids, organizationIds: request.organization_ids }),
  fold: foldAgents,
  empty: (period) => ({ agents: [], period }),
  json: agentsJson,
  csv: agentsCsv,
  resellers: resellersOfAgents,
  advice: "split it with agent_ids, reseller_ids or organization_ids",
  documentation,
});
