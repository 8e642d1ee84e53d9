import * as z from "zod/mini";
import { MAX_IDS } from "../../request/report-request.ts";
import { count, described, minutes, periodSchema, type ReportDocumentation, uuid } from "../documentation.ts";

export function documentation(): ReportDocumentation {
  const entry = described(
    z.object({
      agent_id: uuid(),
      agent_name: described(z.string(), {
        description: "Its external id, then its internal id, then its UUID if the agent has no name.",
      }),
      reseller_name: z.string(),
      total_minutes: described(minutes(), {
        description:
          "Seconds / 60, rounded to 2 decimals. `Math.round(total_minutes * 60)` are its exact seconds.",
      }),
      call_count: described(count(), {
        description: "The number of calls of the agent, including calls of 0 seconds.",
      }),
      organization_id: uuid(),
      organization_name: described(z.string(), {
        description: "Its internal id, then its UUID if it has no name.",
      }),
      reseller_id: described(uuid(), {
        description:
          "The owner at the time of the calls. With `agent_id` and `organization_id` the key of the entry.",
      }),
    }),
    { id: "AgentMinutes" },
  );
  return {
    operation: "MinutesByAgent",
    summary: "Minutes and calls by agent",
    description:
      "Voice minutes and calls of some agents in a range of UTC days: one entry for each agent under each organization and reseller in scope.",
    answer: "The minutes of each agent. A caller without resellers gets an empty report.",
    schema: described(
      z.object({
        data: described(z.array(entry), {
          description:
            "An agent of the directory without calls has 0 minutes and 0 calls. An agent that is unknown or not the caller's is left out. Largest first, ties by name, then agent, organization and reseller id.",
        }),
        period: periodSchema(),
      }),
      { id: "MinutesByAgent" },
    ),
    body: "MinutesByAgentRequest",
    parameters: {
      agent_ids: `These agents: UUIDs of any version, in either case, 1 to ${MAX_IDS} different ones. An id that is unknown and one that is not the caller's are both left out. The nil UUID is never an agent.`,
    },
    example: {
      summary: "April 2026, two agents",
      request: {
        start_date: "2026-04-01",
        end_date: "2026-04-30",
        agent_ids: ["81a11a10-ba07-461b-b1ab-6d97995fb357", "302a394e-327e-454d-bba9-2e3e6363604d"],
      },
    },
  };
}
