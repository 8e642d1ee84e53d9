import { internalError, type NamedReseller } from "../../errors.ts";
import type { Uuid } from "../../ids.ts";
import type { Seconds } from "../../minutes.ts";
import type { Period } from "../../period.ts";
import { compare, isAfter, NO_NAMES, shownName, UNASSIGNED } from "../../usage/fold.ts";
import { type DirectoryNames, type UsageRow, type UsageTotal, verifyTotals } from "../../usage/row.ts";
import type { CountedRow } from "./query.ts";

/** One agent under one organization and reseller. */
export interface AgentEntry {
  readonly agentId: Uuid;
  readonly agentName: string;
  readonly resellerId: Uuid;
  readonly resellerName: string;
  readonly organizationId: Uuid;
  readonly organizationName: string;
  readonly seconds: Seconds;
  readonly calls: number;
}

/** Minutes by agent, the largest first. */
export interface AgentReport {
  readonly agents: readonly AgentEntry[];
  readonly period: Period;
}

/**
 * Folds rows into the report as they arrive. Leaves out the nil UUID, which is never an agent.
 *
 * @throws ServiceError `internal_error` if the result is incomplete or out of order
 */
export async function foldAgents(
  batches: AsyncIterable<readonly CountedRow[]>,
  period: Period,
): Promise<AgentReport> {
  const calls = new Map<UsageRow | UsageTotal, number>();
  const agents: AgentEntry[] = [];
  let previous: UsageRow | undefined;
  let reseller: { readonly id: Uuid; readonly names: DirectoryNames } | undefined;
  let organization: { readonly id: Uuid; readonly names: DirectoryNames } | undefined;
  for await (const rows of verifyTotals(usageOf(verifyCalls(batches), calls))) {
    for (const row of rows) {
      if (previous !== undefined && !isAfter(row, previous))
        throw internalError(`the rows are out of order at level ${row.level}`);
      previous = row;
      if (reseller?.id !== row.resellerId) {
        reseller = { id: row.resellerId, names: row.level === "reseller" ? row.names : NO_NAMES };
        organization = undefined;
      }
      if (row.level === "reseller") continue;
      if (organization?.id !== row.organizationId) {
        organization = { id: row.organizationId, names: row.level === "organization" ? row.names : NO_NAMES };
      }
      if (row.level !== "agent" || row.agentId === UNASSIGNED) continue;
      agents.push({
        agentId: row.agentId,
        agentName: shownName(row.names, row.agentId),
        resellerId: reseller.id,
        resellerName: shownName(reseller.names, reseller.id),
        organizationId: organization.id,
        organizationName: shownName(organization.names, organization.id),
        seconds: row.seconds,
        calls: calls.get(row) ?? 0,
      });
    }
    calls.clear();
  }
  return { agents: agents.sort(largestFirst), period };
}

/** The resellers of the report, in its order. */
export function resellersOfAgents({ agents }: AgentReport): NamedReseller[] {
  const names = new Map(agents.map(({ resellerId, resellerName }) => [resellerId, resellerName]));
  return Array.from(names, ([reseller_id, reseller_name]) => ({ reseller_id, reseller_name }));
}

/** Removes the calls from the rows and keeps them by row. */
async function* usageOf(
  batches: AsyncIterable<readonly CountedRow[]>,
  calls: Map<UsageRow | UsageTotal, number>,
): AsyncGenerator<(UsageRow | UsageTotal)[]> {
  for await (const batch of batches) {
    for (const { row, calls: count } of batch) calls.set(row, count);
    yield batch.map(({ row }) => row);
  }
}

/**
 * Yields the rows, and checks that their calls add up to the total row. @throws ServiceError `internal_error`, after
 * the last row
 */
async function* verifyCalls(
  batches: AsyncIterable<readonly CountedRow[]>,
): AsyncGenerator<readonly CountedRow[]> {
  let sum = 0;
  let total: number | undefined;
  for await (const batch of batches) {
    for (const { row, calls } of batch) {
      if (row.level === "total") total = calls;
      else sum += calls;
    }
    yield batch;
  }
  if (total !== sum)
    throw internalError("the result is incomplete: its calls do not add up to its total row");
}

function largestFirst(a: AgentEntry, b: AgentEntry): number {
  return (
    b.seconds - a.seconds ||
    compare(a.agentName, b.agentName) ||
    compare(a.agentId, b.agentId) ||
    compare(a.organizationId, b.organizationId) ||
    compare(a.resellerId, b.resellerId)
  );
}
