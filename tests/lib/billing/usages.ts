/** Usage of a reseller's organizations, with any names and with figures that often tie. */
import * as fc from "fast-check";
import { inReportOrder, type OrganizationUsage, UNASSIGNED } from "../../../lib/usage/fold.ts";
import { anyText } from "../arbitraries.ts";
import { secondsOf, uuid, uuids } from "../valid.ts";

/** An organization of a reseller with the seconds of these agents, without names. */
export function usageOf(
  reseller: string,
  organization: string,
  secondsByAgent: Readonly<Record<string, number>>,
): OrganizationUsage {
  const agents = Object.entries(secondsByAgent).map(([agent, seconds]) => ({
    agentId: uuid(agent),
    agentName: uuid(agent),
    seconds: secondsOf(seconds),
  }));
  return {
    organizationId: uuid(organization),
    organizationName: uuid(organization),
    resellerId: uuid(reseller),
    resellerName: uuid(reseller),
    seconds: secondsOf(agents.reduce((sum, { seconds }) => sum + seconds, 0)),
    agents,
  };
}

export const RESELLER = uuid("51");

/** The organizations of `RESELLER`: few ids and seconds, so that two of them are often equal. */
export const anyUsage: fc.Arbitrary<OrganizationUsage[]> = fc
  .uniqueArray(
    fc.record({
      organizationId: fc.constantFrom(...uuids(4)),
      organizationName: anyText,
      agents: fc.uniqueArray(
        fc.record({
          agentId: fc.constantFrom(UNASSIGNED, ...uuids(5)),
          agentName: anyText,
          seconds: fc.oneof(fc.nat(2), fc.nat(1_000_000)).map(secondsOf),
        }),
        { selector: ({ agentId }) => agentId, minLength: 1 },
      ),
    }),
    { selector: ({ organizationId }) => organizationId },
  )
  .map((organizations) =>
    organizations
      .map((organization) => ({
        ...organization,
        resellerId: RESELLER,
        resellerName: "Northwind Voice",
        seconds: secondsOf(organization.agents.reduce((sum, { seconds }) => sum + seconds, 0)),
      }))
      .sort(inReportOrder),
  );

/** The same usage under other names, in another order, without some lines of 0 seconds. */
export function retold(organizations: readonly OrganizationUsage[]): OrganizationUsage[] {
  return organizations
    .map((organization) => ({
      ...organization,
      organizationName: `${organization.organizationName} GmbH`,
      resellerName: "Renamed",
      agents: organization.agents
        .filter(({ seconds }) => seconds > 0)
        .map((agent) => ({ ...agent, agentName: `${agent.agentName}, former` }))
        .toReversed(),
    }))
    .toReversed();
}
