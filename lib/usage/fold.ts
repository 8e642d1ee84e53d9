import { internalError } from "../errors.ts";
import { parseUuid, type Uuid } from "../ids.ts";
import { addSeconds, type Seconds, toSeconds } from "../minutes.ts";
import type { DirectoryNames, UsageRow } from "./row.ts";

/** The usage of one reseller's organizations. */
export interface ResellerUsage {
  readonly resellerId: Uuid;
  readonly resellerName: string;
  /** In the report's order. */
  readonly organizations: readonly OrganizationUsage[];
}

/** An organization under one reseller. After a change of owner it appears once under each. */
export interface OrganizationUsage {
  readonly organizationId: Uuid;
  readonly organizationName: string;
  readonly resellerId: Uuid;
  readonly resellerName: string;
  /** Of all its calls, including those without an agent. */
  readonly seconds: Seconds;
  /** Largest first. Calls without an agent are the line `UNASSIGNED`, which is left out at 0 seconds. */
  readonly agents: readonly AgentUsage[];
}

export interface AgentUsage {
  readonly agentId: Uuid;
  readonly agentName: string;
  readonly seconds: Seconds;
}

/** The id of the line for the calls without an agent: the nil UUID of RFC 9562. */
export const UNASSIGNED = nilUuid();

export const NO_NAMES: DirectoryNames = { name: null, externalId: null, internalId: null };
const ZERO = toSeconds(0);

/**
 * Folds rows into resellers. Yields each reseller when the first row of the next one arrives, so that only one is in
 * memory.
 *
 * Rows come in the query's order (reseller, organization, agent), each key once. So no key can be lost or counted
 * twice.
 *
 * @throws ServiceError `internal_error` if the rows are out of order, or a sum leaves the exact range
 */
export async function* foldResellers(
  batches: AsyncIterable<readonly UsageRow[]>,
): AsyncGenerator<ResellerUsage> {
  let previous: UsageRow | undefined;
  let reseller: GatheredReseller | undefined;
  // Rows arrive in batches, because awaiting each single row costs more than reading it.
  for await (const rows of batches) {
    for (const row of rows) {
      if (previous !== undefined && !isAfter(row, previous))
        throw internalError(`the rows are out of order at level ${row.level}`);
      previous = row;
      if (reseller?.resellerId !== row.resellerId) {
        if (reseller !== undefined) yield settle(reseller);
        reseller = { resellerId: row.resellerId, names: NO_NAMES, organizations: [] };
      }
      gather(reseller, row);
    }
  }
  if (reseller !== undefined) yield settle(reseller);
}

/** Largest first, then by name, organization and reseller. */
export function inReportOrder(a: OrganizationUsage, b: OrganizationUsage): number {
  return (
    b.seconds - a.seconds ||
    compare(a.organizationName, b.organizationName) ||
    compare(a.organizationId, b.organizationId) ||
    compare(a.resellerId, b.resellerId)
  );
}

/** A reseller while its rows arrive. */
interface GatheredReseller {
  readonly resellerId: Uuid;
  names: DirectoryNames;
  readonly organizations: GatheredOrganization[];
}

/** An organization while its rows arrive. Its own row is the first, if the directory has it. */
interface GatheredOrganization {
  readonly organizationId: Uuid;
  readonly names: DirectoryNames;
  readonly agents: AgentUsage[];
  unassigned: Seconds;
}

function gather(reseller: GatheredReseller, row: UsageRow): void {
  if (row.level === "reseller") {
    reseller.names = row.names;
    return;
  }
  const { organizationId, seconds } = row;
  let organization = reseller.organizations.at(-1);
  if (organization?.organizationId !== organizationId) {
    const names = row.level === "organization" ? row.names : NO_NAMES;
    organization = { organizationId, names, agents: [], unassigned: ZERO };
    reseller.organizations.push(organization);
  }
  if (row.level === "organization" || row.agentId === UNASSIGNED) {
    organization.unassigned = addSeconds(organization.unassigned, seconds);
  } else {
    const { agentId, names } = row;
    organization.agents.push({ agentId, agentName: shownName(names, agentId), seconds });
  }
}

function settle({ resellerId, names, organizations }: GatheredReseller): ResellerUsage {
  const resellerName = shownName(names, resellerId);
  const settled = organizations.map((organization) => ({
    resellerId,
    resellerName,
    ...settleOrganization(organization),
  }));
  return { resellerId, resellerName, organizations: settled.sort(inReportOrder) };
}

function settleOrganization({ organizationId, names, unassigned, agents }: GatheredOrganization) {
  if (unassigned > 0) agents.push({ agentId: UNASSIGNED, agentName: "Unassigned", seconds: unassigned });
  return {
    organizationId,
    organizationName: shownName(names, organizationId),
    seconds: agents.reduce((sum, line) => addSeconds(sum, line.seconds), ZERO),
    agents: agents.sort(
      (a, b) => b.seconds - a.seconds || compare(a.agentName, b.agentName) || compare(a.agentId, b.agentId),
    ),
  };
}

/** Whether a row sorts after another: by reseller, organization and agent, a missing one first. */
export function isAfter(row: UsageRow, previous: UsageRow): boolean {
  return (
    (compare(row.resellerId, previous.resellerId) ||
      compare(organizationOf(row), organizationOf(previous)) ||
      compare(agentOf(row), agentOf(previous))) > 0
  );
}

function organizationOf(row: UsageRow): string {
  return row.level === "reseller" ? "" : row.organizationId;
}

function agentOf(row: UsageRow): string {
  return row.level === "agent" ? row.agentId : "";
}

/** The first name that is not blank, untrimmed; without one, the id. */
export function shownName({ name, externalId, internalId }: DirectoryNames, id: Uuid): string {
  return [name, externalId, internalId].find((shown) => shown !== null && shown.trim() !== "") ?? id;
}

/** By code units, not by a locale: the order is the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function nilUuid(): Uuid {
  const nil = parseUuid("00000000-0000-0000-0000-000000000000");
  if (nil === undefined) throw new TypeError("the nil UUID is a UUID");
  return nil;
}

/** Counts the agents: all lines except the one for calls without an agent. */
export function agentCount(agents: readonly AgentUsage[]): number {
  return agents.filter(({ agentId }) => agentId !== UNASSIGNED).length;
}
