import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { isUuid, type Uuid } from "../ids.ts";
import { addSeconds, type Seconds, toSeconds } from "../minutes.ts";
import type { Period } from "../period.ts";
import { reportJson } from "../reports/minutes-by-organization/json.ts";
import { textThat } from "../schema.ts";
import type { OrganizationUsage } from "../usage/fold.ts";
import { type Month, periodOf } from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";
import { parseStored } from "./stored-json.ts";

/** What a revision bills one reseller for in a month. */
export interface Statement {
  /**
   * Every organization and agent of the report, including those without calls, in its order and under the names that
   * the directory had when the revision was queried. Statements of the first release have only lines with calls.
   */
  readonly organizations: readonly OrganizationUsage[];
  /** Differences from the previous revision, by organization and agent. Empty for revision 1. */
  readonly adjustments: readonly Adjustment[];
}

/** A figure that differs from the previous revision. A line that is missing in one of the two has 0 seconds there. */
export interface Adjustment {
  readonly resellerId: Uuid;
  readonly organizationId: Uuid;
  /** The nil UUID for the calls without an agent. */
  readonly agentId: Uuid;
  readonly before: Seconds;
  readonly after: Seconds;
}

const ZERO = toSeconds(0);

const uuid = textThat(isUuid, "not a UUID");
const exactSeconds = z.pipe(
  z.int().check(z.minimum(0)),
  z.transform((value) => toSeconds(value)),
);

const document = z.object({
  data: z.array(
    z.object({
      organization_id: uuid,
      organization_name: z.string(),
      reseller_id: uuid,
      reseller_name: z.string(),
      total_voice_seconds: exactSeconds,
      agents: z.array(z.object({ agent_id: uuid, agent_name: z.string(), voice_seconds: exactSeconds })),
    }),
  ),
  adjustments: z.array(
    z.object({
      reseller_id: uuid,
      organization_id: uuid,
      agent_id: uuid,
      seconds_before: exactSeconds,
      seconds_after: exactSeconds,
    }),
  ),
  period: z.optional(z.object({ start_date: z.string(), end_date: z.string() })),
});

/** Renders the statement's canonical bytes: the same statement gives the same ones. */
export function statementBytes({ organizations, adjustments }: Statement, period: Period): Buffer {
  const more = { adjustments: adjustmentsJson(adjustments) };
  return Buffer.from([...reportJson({ organizations, period }, "minutes and seconds", more)].join(""));
}

/**
 * Reads a statement.
 *
 * @param month that it must be of; any month if left out
 * @throws SnapshotError `snapshot_damaged` if the bytes are not a statement, or one of another month
 */
export function parseStatement(bytes: Uint8Array, month?: Month): Statement {
  const { data, adjustments, period } = parseStored(document, bytes, "A stored statement is not valid.");
  if (month !== undefined && !isOfMonth(period, month))
    throw new SnapshotError(
      "snapshot_damaged",
      `A stored statement does not belong to ${month}, although its key says so.`,
    );
  return {
    organizations: data.map((organization) => ({
      organizationId: organization.organization_id,
      organizationName: organization.organization_name,
      resellerId: organization.reseller_id,
      resellerName: organization.reseller_name,
      seconds: organization.total_voice_seconds,
      agents: organization.agents.map((agent) => ({
        agentId: agent.agent_id,
        agentName: agent.agent_name,
        seconds: agent.voice_seconds,
      })),
    })),
    adjustments: adjustments.map((adjustment) => ({
      resellerId: adjustment.reseller_id,
      organizationId: adjustment.organization_id,
      agentId: adjustment.agent_id,
      before: adjustment.seconds_before,
      after: adjustment.seconds_after,
    })),
  };
}

/** Renders adjustments as a JSON array: positive deltas are billed on top, negative ones are given back. */
export function adjustmentsJson(adjustments: readonly Adjustment[]): string {
  return JSON.stringify(
    adjustments.map(({ resellerId, organizationId, agentId, before, after }) => ({
      reseller_id: resellerId,
      organization_id: organizationId,
      agent_id: agentId,
      seconds_before: before,
      seconds_after: after,
      seconds_delta: after - before,
    })),
  );
}

/** Returns the differences between two statements of a reseller, by organization and agent. */
export function adjustmentsBetween(
  resellerId: Uuid,
  before: readonly OrganizationUsage[],
  after: readonly OrganizationUsage[],
): Adjustment[] {
  const adjustments = new Map<string, Adjustment>();
  for (const { organizationId, agents } of before) {
    for (const { agentId, seconds } of agents) {
      const adjustment = { resellerId, organizationId, agentId, before: seconds, after: ZERO };
      adjustments.set(`${organizationId} ${agentId}`, adjustment);
    }
  }
  for (const { organizationId, agents } of after) {
    for (const { agentId, seconds } of agents) {
      const key = `${organizationId} ${agentId}`;
      const earlier = adjustments.get(key)?.before ?? ZERO;
      adjustments.set(key, { resellerId, organizationId, agentId, before: earlier, after: seconds });
    }
  }
  return [...adjustments]
    .filter(([, { before: was, after: is }]) => was !== is)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, adjustment]) => adjustment);
}

/** Adds up the seconds of all organizations. */
export function secondsOf(organizations: readonly OrganizationUsage[]): Seconds {
  return organizations.reduce((sum, organization) => addSeconds(sum, organization.seconds), ZERO);
}

/**
 * Hashes only the figures with SHA-256, without names and lines of 0 seconds. Equal hashes mean that there is nothing
 * to adjust, so a statement need not be read to find out.
 */
export function figuresHash(organizations: readonly OrganizationUsage[]): string {
  const figures = organizations.flatMap(({ organizationId, agents }) =>
    agents
      .filter(({ seconds }) => seconds > 0)
      .map(({ agentId, seconds }) => `${organizationId} ${agentId} ${seconds}\n`),
  );
  return sha256(Buffer.from(figures.sort().join("")));
}

function isOfMonth(period: z.infer<typeof document>["period"], month: Month): boolean {
  const { start, end } = periodOf(month);
  return period?.start_date === start && period.end_date === end;
}

/** In hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
