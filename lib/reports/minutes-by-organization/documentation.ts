import * as z from "zod/mini";
import { count, described, minutes, periodSchema, type ReportDocumentation, uuid } from "../documentation.ts";

const Agent = () =>
  described(
    z.object({
      agent_id: described(uuid(), {
        description:
          "The nil UUID `00000000-0000-0000-0000-000000000000` is the line of the calls without an agent.",
      }),
      agent_name: described(z.string(), {
        description: "Its external id, then its internal id, then its UUID if the agent has no name.",
      }),
      voice_minutes: described(minutes(), {
        description:
          "Seconds / 60, rounded to 2 decimals. `Math.round(voice_minutes * 60)` are its exact seconds.",
      }),
    }),
    { id: "Agent" },
  );

const Organization = () =>
  described(
    z.object({
      organization_id: uuid(),
      organization_name: described(z.string(), {
        description: "Its internal id, then its UUID if it has no name.",
      }),
      reseller_id: described(uuid(), {
        description: "The owner at the time of the calls. With `organization_id` the key of the entry.",
      }),
      reseller_name: z.string(),
      total_voice_minutes: described(minutes(), {
        description:
          "Rounded from the organization's own exact seconds, not a sum of rounded figures. `Math.round(total_voice_minutes * 60)` equals the agents' seconds added up.",
      }),
      agent_count: described(count(), {
        description: "The number of lines in `agents`, without the line of the nil UUID.",
      }),
      agents: described(z.array(Agent()), {
        description:
          "Every agent of the organization, even without calls, and every agent with calls in the range, even if deleted since. Largest first, ties by name, then id.",
      }),
    }),
    { id: "Organization" },
  );

let organizations: z.ZodMiniArray | undefined;
/** The entries of the report. Closed months use the same component. */
export function organizationsSchema(): z.ZodMiniArray {
  organizations ??= z.array(Organization());
  return organizations;
}

export function documentation(): ReportDocumentation {
  return {
    operation: "MinutesByOrganization",
    summary: "Minutes by organization",
    description:
      "Voice minutes of a range of UTC days, by organization, with a breakdown by agent. Without filters: everything the caller may see.",
    answer:
      "The minutes of each organization, with its agents. A caller without resellers gets an empty report.",
    schema: described(
      z.object({
        data: described(organizationsSchema(), {
          description:
            "Every organization that the caller may see and that matches the filters, even without calls. Largest first, ties by name, then id.",
        }),
        period: periodSchema(),
      }),
      { id: "Report" },
    ),
    body: "ReportRequest",
    example: {
      summary: "April 2026, two organizations",
      request: {
        start_date: "2026-04-01",
        end_date: "2026-04-30",
        organization_ids: ["41d52398-79b9-4878-843d-7449a8eda453", "94df2959-3779-47ff-bf83-52bf14b6a100"],
      },
    },
  };
}
