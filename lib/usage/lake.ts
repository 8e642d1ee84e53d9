import type { Period } from "../period.ts";
import { type Fragment, sql, stringLiteral } from "../sql.ts";
import { isUuidColumn } from "./counted-calls.ts";

/** Selects days by partition. Days compare as text, which is how the partitions store them. */
export function between(column: string, { start, end }: Period): Fragment {
  return {
    text: `${column} >= ? AND ${column} <= ?`,
    parameters: [stringLiteral(start), stringLiteral(end)],
  };
}

/** Selects all other days. */
export function outside(column: string, { start, end }: Period): Fragment {
  return {
    text: `(${column} < ? OR ${column} > ?)`,
    parameters: [stringLiteral(start), stringLiteral(end)],
  };
}

const IDS = { reseller: isUuidColumn("reseller_id"), organization: isUuidColumn("organization_id") };

/**
 * Selects the directory, for a WITH: resellers, organizations under their reseller and agents under their
 * organization, in one table. Ids of the levels below a row are null. Leaves out agents whose reseller is not their
 * organization's, and rows with an id that is not a lower-case UUID.
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
