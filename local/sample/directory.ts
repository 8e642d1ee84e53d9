import type { AgentRecord, OrganizationRecord, ResellerRecord } from "../lake/records.ts";
import { FIRST_NAMES, LAST_NAMES, ORGANIZATION_NAMES, RESELLER_NAMES, SHARED_LINES } from "./names.ts";
import { randomFrom } from "./random.ts";

/** An organization as its calls know it, whether or not the directory still contains it. */
export interface Business {
  readonly organization_id: string;
  readonly reseller_id: string;
  /** The previous owner, and the first day under the present one. */
  readonly formerly?: { readonly reseller_id: string; readonly until: string };
  /** First day without calls. */
  readonly closed?: string;
  /** Its agents, the busiest first. */
  readonly agent_ids: readonly string[];
  /** Its share of all calls, relative to the others'. */
  readonly weight: number;
}

export interface Directory {
  readonly resellers: readonly ResellerRecord[];
  readonly organizations: readonly OrganizationRecord[];
  readonly agents: readonly AgentRecord[];
  readonly businesses: readonly Business[];
}

/** The resellers of the sample, for commands that print a token or a `curl` line. */
export const SAMPLE_RESELLERS: readonly { readonly id: string; readonly name: string }[] = RESELLER_NAMES.map(
  (name) => ({ id: idOf("reseller", name), name }),
);

/** The organizations that a report must not get wrong, by their names above or by the names given here. */
export const SPECIAL = {
  changedHands: "Sunrise Senior Living",
  deleted: "Gone Fishing Supplies",
  doubled: "Bluebird Travel",
  withoutCalls: "École de Musique Fauré",
  withoutAgents: "Gärtnerei Blümel",
  withoutEither: "Lighthouse Books",
  shownByInternalId: ["Optique Côté Mer", "Elektro Schröder"],
  shownByUuid: "Fox & Hound Events",
} as const;

/** Returns the id of a sample organization, by its name in the lists. */
export function sampleOrganizationId(name: string): string {
  return idOf("organization", name);
}

/** Generates the whole sample directory: 3 resellers, 40 organizations and a deleted one, about 600 agents. */
export function sampleDirectory(): Directory {
  const parts = [...ORGANIZATION_NAMES, SPECIAL.deleted].map((name, index) => organizationOf(name, index));
  return {
    resellers: SAMPLE_RESELLERS.map(({ id, name }, index) => ({
      reseller_id: id,
      internal_id: `RS-${index + 1}`,
      name,
    })),
    organizations: parts.flatMap((part) => part.rows),
    agents: parts.flatMap((part) => part.agents),
    businesses: parts.map((part) => part.business),
  };
}

function organizationOf(name: string, index: number) {
  const organization_id = sampleOrganizationId(name);
  const reseller_id = resellerIdOf(index);
  const row: OrganizationRecord = {
    organization_id,
    internal_id: name === SPECIAL.shownByUuid ? "\t" : `ORG-${String(index + 1).padStart(4, "0")}`,
    name: directoryName(name),
    reseller_id,
  };
  const staff = staffOf(name, organization_id, reseller_id, index);
  const silent = name === SPECIAL.withoutCalls || name === SPECIAL.withoutEither;
  const business: Business = {
    organization_id,
    reseller_id,
    ...(name === SPECIAL.changedHands && {
      formerly: { reseller_id: resellerIdOf(index + 1), until: "2026-03-16" },
    }),
    ...(name === SPECIAL.deleted && { closed: "2026-04-01" }),
    agent_ids: staff.agent_ids,
    weight: silent ? 0 : 5 + staff.agent_ids.length,
  };
  if (name === SPECIAL.deleted) return { business, rows: [], agents: staff.rows.slice(0, 2) };
  return { business, rows: name === SPECIAL.doubled ? [row, row] : [row], agents: staff.rows };
}

function directoryName(name: string): string | null {
  if (name === SPECIAL.shownByUuid) return "  ";
  if (name === SPECIAL.shownByInternalId[0]) return null;
  return name === SPECIAL.shownByInternalId[1] ? "" : name;
}

/** Generates the agents of an organization, and their rows in the directory. */
function staffOf(organization: string, organization_id: string, reseller_id: string, index: number) {
  const agent_ids: string[] = [];
  const rows: AgentRecord[] = [];
  const random = randomFrom(`staff of ${organization}`);
  for (let k = 0; k < headcount(organization, index); k += 1) {
    const agent_id = random.uuid();
    agent_ids.push(agent_id);
    const person = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
    const row: AgentRecord = {
      agent_id,
      organization_id,
      // The row of one agent was not updated when the organization changed hands: it still names the former owner.
      reseller_id: organization === SPECIAL.changedHands && k === 2 ? resellerIdOf(index + 1) : reseller_id,
      ...namesOf(k === 0 && index < 12 ? random.pick(SHARED_LINES) : person, index, k),
    };
    // Some agents left: they took calls, but the directory has no row of them any more.
    if (spread(index, k) % 40 === 6) continue;
    rows.push(row);
    // Some were renamed, and the old row was not removed.
    if (spread(index, k) % 50 === 9)
      rows.push({ ...row, name: `${row.name ?? person}-${random.pick(LAST_NAMES)}` });
  }
  return { agent_ids, rows };
}

/** From 60 agents in the first organization down to 8 in the last. */
function headcount(organization: string, index: number): number {
  if (organization === SPECIAL.withoutAgents || organization === SPECIAL.withoutEither) return 0;
  return Math.round(61 * (index + 1) ** -0.54);
}

/** Usually a name; sometimes only its replacement. */
function namesOf(name: string, index: number, k: number) {
  const internal_id = `AG-${index + 1}${String(k).padStart(3, "0")}`;
  const external_id = `ext. ${200 + k}`;
  if (spread(index, k) % 30 === 4) return { external_id, internal_id, name: null };
  if (spread(index, k) % 60 === 5) return { external_id: " ", internal_id, name: "" };
  if (spread(index, k) % 60 === 37) return { external_id: null, internal_id: "", name: "\t" };
  return { external_id, internal_id, name };
}

/** Spreads rare cases over the organizations: they affect a different agent in each. */
function spread(index: number, k: number): number {
  return k + 7 * index;
}

function resellerIdOf(index: number): string {
  return idOf("reseller", RESELLER_NAMES[index % RESELLER_NAMES.length] ?? "");
}

function idOf(kind: string, name: string): string {
  return randomFrom(`${kind} ${name}`).uuid();
}
