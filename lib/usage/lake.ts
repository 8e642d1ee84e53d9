import type { Period } from "../period.ts";
import { type Fragment, sql, stringLiteral } from "../sql.ts";
import { isUuidColumn } from "./counted-calls.ts";

/** The days' partitions. Days compare as text, which is how the partitions hold them. */
export function between(column: string, { start, end }: Period): Fragment {
  return {
    text: `${column} >= ? AND ${column} <= ?`,
    parameters: [stringLiteral(start), stringLiteral(end)],
  };
}

/** Every day but these. */
export function outside(column: string, { start, end }: Period): Fragment {
  return {
    text: `(${column} < ? OR ${column} > ?)`,
    parameters: [stringLiteral(start), stringLiteral(end)],
  };
}

const IDS = { reseller: isUuidColumn("reseller_id"), organization: isUuidColumn("organization_id") };

/**
 * The tables `directory` and what it is made of, for a WITH: resellers, organizations under their reseller and agents
 * under their organization, one below the other, a null id for each level that a row does not have. An agent whose
 * reseller is not its organization's is passed over, and so is a row with an id that is not a UUID in lower case.
 *
 * @param ofAgents which agents
 * @param ofOrganizations which organizations
 * @param ofResellers which resellers
 */
export function directoryTables(
  ofAgents: Fragment,
  ofOrganizations: Fragment,
  ofResellers: Fragment,
): Fragment {
  return sql`present_agents AS (
  SELECT agents.reseller_id, agents.organization_id, agents.agent_id,
    agents.name, agents.external_id, agents.internal_id
  FROM agents
  JOIN organizations
    ON organizations.reseller_id = agents.reseller_id
    AND organizations.organization_id = agents.organization_id
  WHERE ${isUuidColumn("agents.agent_id")}
),
directory AS (
  SELECT reseller_id, organization_id, agent_id, name, external_id, internal_id
  FROM present_agents
  WHERE ${ofAgents} AND ${IDS.reseller} AND ${IDS.organization}
  UNION ALL
  SELECT reseller_id, organization_id, NULL, name, NULL, internal_id
  FROM organizations
  WHERE ${ofOrganizations} AND ${IDS.reseller} AND ${IDS.organization}
  UNION ALL
  SELECT reseller_id, NULL, NULL, name, NULL, internal_id
  FROM resellers
  WHERE ${ofResellers} AND ${IDS.reseller}
)`;
}
