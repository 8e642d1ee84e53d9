import type { Uuid } from "../../ids.ts";
import type { Query } from "../../query.ts";
import type { ResellerScope } from "../../scope/reseller-scope.ts";
import { and, isOneOf, sql } from "../../sql.ts";
import { type DaysRead, dailyUsage, namedUsage } from "../../usage/daily-usage.ts";
import { directoryTables } from "../../usage/lake.ts";
import { markOf } from "../../usage/query.ts";
import { ROLLED_COLUMNS, type RolledDay } from "../../usage/rolled-days.ts";
import { toCount, USAGE_COLUMNS, type UsageRow, type UsageTotal, usageRowReader } from "../../usage/row.ts";

/** A row of usage with its number of calls. */
export interface CountedRow {
  readonly level: "usage";
  readonly row: UsageRow | UsageTotal;
  readonly calls: number;
}

export interface AgentSelection extends DaysRead {
  readonly scope: ResellerScope;
  readonly agentIds: readonly Uuid[];
  readonly organizationIds: readonly Uuid[] | undefined;
}

export const AGENT_COLUMNS = [...USAGE_COLUMNS, "calls", ...ROLLED_COLUMNS] as const;

/**
 * Builds the one query of minutes by agent: seconds and calls of the agents in every organization of the scope, with
 * the names of agents, organizations and resellers.
 */
export function agentQuery({
  scope,
  agentIds,
  organizationIds,
  ...days
}: AgentSelection): Query<CountedRow | RolledDay> {
  const ofResellers = isOneOf("reseller_id", scope.resellerIds);
  const ofOrganizations = organizationIds
    ? and(ofResellers, isOneOf("organization_id", organizationIds))
    : ofResellers;
  const ofAgents = and(ofOrganizations, isOneOf("agent_id", agentIds));
  const { text, parameters } = sql`
WITH ${dailyUsage(days, ofAgents)},
${directoryTables(ofAgents, ofOrganizations, ofResellers)},
${namedUsage(["calls"])}`;
  return { text: text.trim(), parameters, columns: AGENT_COLUMNS, parseRow: rowReader(scope, agentIds) };
}

/** Reads rows that belong to the scope and the requested agents. @throws for any other row */
function rowReader(scope: ResellerScope, agentIds: readonly Uuid[]) {
  const inScope = new Set<string>(scope.resellerIds);
  const asked = new Set<string>(agentIds);
  const readRow = usageRowReader(AGENT_COLUMNS.length);
  const callsAt = AGENT_COLUMNS.indexOf("calls");
  return (cells: readonly (string | null)[]): CountedRow | RolledDay => {
    const mark = markOf(cells, callsAt + 1);
    if (mark !== undefined) return mark;
    const row = readRow(cells);
    if (row.level !== "total" && !inScope.has(row.resellerId)) throw new TypeError("a row outside the scope");
    if (row.level === "agent" && !asked.has(row.agentId))
      throw new TypeError("an agent that was not requested");
    return { level: "usage", row, calls: toCount(cells[callsAt]) };
  };
}
