import { toSeconds } from "../../lib/minutes.ts";
import { type Agent, type Organization, type Report, sumOf } from "../../portal/report.ts";

/** An organization, by default of reseller `r`, with agents of these seconds each. */
export function organization(
  id: string,
  seconds: readonly number[],
  { resellerId = "r", name = id }: { readonly resellerId?: string; readonly name?: string } = {},
): Organization {
  const agents: Agent[] = seconds.map((each, index) => ({
    id: `${id}-${index}`,
    name: `agent ${index}`,
    seconds: toSeconds(each),
  }));
  return {
    key: `${id}.${resellerId}`,
    id,
    name,
    resellerId,
    resellerName: `reseller ${resellerId}`,
    seconds: sumOf(agents),
    agentCount: agents.length,
    agents,
  };
}

export function report(...organizations: readonly Organization[]): Report {
  return { organizations, start: "2026-04-01", end: "2026-04-30", billed: undefined };
}
