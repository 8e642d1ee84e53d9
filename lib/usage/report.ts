import { internalError } from "../errors.ts";
import { parseUuid, type Uuid } from "../ids.ts";
import { addSeconds, type Seconds, toSeconds } from "../minutes.ts";
import type { Period } from "../period.ts";
import { type DirectoryNames, type UsageRow, type UsageTotal, usageTally } from "./row.ts";

/** Minutes by organization: every organization of the selection, its agents under it, in their order. */
export interface Report {
  readonly organizations: readonly OrganizationUsage[];
  readonly period: Period;
}

/** An organization under one reseller; after it changed hands it stands once under each. */
export interface OrganizationUsage {
  readonly organizationId: Uuid;
  readonly organizationName: string;
  readonly resellerId: Uuid;
  readonly resellerName: string;
  /** Of all its calls, those without an agent included. */
  readonly seconds: Seconds;
  /** Largest first; calls without an agent are the line `UNASSIGNED`, left out at 0 seconds. */
  readonly agents: readonly AgentUsage[];
}

export interface AgentUsage {
  readonly agentId: Uuid;
  readonly agentName: string;
  readonly seconds: Seconds;
}

/** The id of the line that holds the calls without an agent: the nil UUID of RFC 9562. */
export const UNASSIGNED = nilUuid();

const NO_NAMES: DirectoryNames = { name: null, externalId: null, internalId: null };
const ZERO = toSeconds(0);

/** An organization while its rows arrive, in any order. */
interface Gathering {
  readonly organizationId: Uuid;
  readonly resellerId: Uuid;
  readonly agents: Map<Uuid, AgentUsage>;
  names: DirectoryNames;
  unassigned: Seconds;
  isNamed: boolean;
}

/**
 * Folds rows into the report as they arrive.
 *
 * @throws ServiceError `internal_error` when the result is not whole, a key appears twice or a sum leaves the
 *   exact range
 */
export async function foldReport(
  rows: AsyncIterable<UsageRow | UsageTotal>,
  period: Period,
): Promise<Report> {
  const resellerNames = new Map<Uuid, string>();
  const gathered = new Map<string, Gathering>();
  const tally = usageTally();
  let last: Gathering | undefined;
  for await (const row of rows) {
    if (!tally.counts(row)) continue;
    if (row.level === "reseller") {
      if (resellerNames.has(row.resellerId)) throw doubled(row);
      resellerNames.set(row.resellerId, shownName(row.names, row.resellerId));
    } else {
      if (last?.organizationId !== row.organizationId || last.resellerId !== row.resellerId) {
        last = gatheringOf(gathered, row);
      }
      gather(last, row);
    }
  }
  tally.close();
  const organizations = [...gathered.values()].map((organization) => settle(organization, resellerNames));
  return { organizations: organizations.sort(inReportOrder), period };
}

/** The report of a scope without resellers. */
export function emptyReport(period: Period): Report {
  return { organizations: [], period };
}

type OrganizationRow = Exclude<UsageRow, { level: "reseller" }>;

/** What has been gathered of a row's organization. */
function gatheringOf(
  gathered: Map<string, Gathering>,
  { organizationId, resellerId }: OrganizationRow,
): Gathering {
  const key = `${resellerId} ${organizationId}`;
  const known = gathered.get(key);
  if (known !== undefined) return known;
  const agents = new Map<Uuid, AgentUsage>();
  const fresh = { organizationId, resellerId, agents, names: NO_NAMES, unassigned: ZERO, isNamed: false };
  gathered.set(key, fresh);
  return fresh;
}

function gather(organization: Gathering, row: OrganizationRow): void {
  if (row.level === "organization") {
    if (organization.isNamed) throw doubled(row);
    organization.isNamed = true;
    organization.names = row.names;
    organization.unassigned = addSeconds(organization.unassigned, row.seconds);
  } else if (row.agentId === UNASSIGNED) {
    organization.unassigned = addSeconds(organization.unassigned, row.seconds);
  } else {
    const { agentId, seconds } = row;
    if (organization.agents.has(agentId)) throw doubled(row);
    organization.agents.set(agentId, { agentId, agentName: shownName(row.names, agentId), seconds });
  }
}

function settle(
  { organizationId, resellerId, names, unassigned, agents }: Gathering,
  resellerNames: ReadonlyMap<Uuid, string>,
): OrganizationUsage {
  const lines = [...agents.values()];
  if (unassigned > 0) lines.push({ agentId: UNASSIGNED, agentName: "Unassigned", seconds: unassigned });
  return {
    organizationId,
    organizationName: shownName(names, organizationId),
    resellerId,
    resellerName: resellerNames.get(resellerId) ?? resellerId,
    seconds: lines.reduce((sum, line) => addSeconds(sum, line.seconds), ZERO),
    agents: lines.sort(
      (a, b) => b.seconds - a.seconds || compare(a.agentName, b.agentName) || compare(a.agentId, b.agentId),
    ),
  };
}

function inReportOrder(a: OrganizationUsage, b: OrganizationUsage): number {
  return (
    b.seconds - a.seconds ||
    compare(a.organizationName, b.organizationName) ||
    compare(a.organizationId, b.organizationId) ||
    compare(a.resellerId, b.resellerId)
  );
}

/** The first name that is not blank, untrimmed; at last the id. */
function shownName({ name, externalId, internalId }: DirectoryNames, id: Uuid): string {
  return [name, externalId, internalId].find((shown) => shown !== null && shown.trim() !== "") ?? id;
}

/** By code units, never by a locale: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function doubled(row: UsageRow): Error {
  return internalError(`the result holds a ${row.level} twice`);
}

function nilUuid(): Uuid {
  const nil = parseUuid("00000000-0000-0000-0000-000000000000");
  if (nil === undefined) throw new TypeError("the nil UUID is a UUID");
  return nil;
}
