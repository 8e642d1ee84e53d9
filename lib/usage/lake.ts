import type { Period } from "../period.ts";
import { type Fragment, sql, stringLiteral } from "../sql.ts";

/**
 * The order of a call's records in a window: the first one counts. What ties in all of it is an exact copy, so the
 * choice never depends on the engine.
 */
export const LATEST_FIRST: Fragment = sql`
      PARTITION BY call_id
      ORDER BY recorded_at DESC, duration_seconds DESC NULLS LAST,
        reseller_id NULLS LAST, organization_id NULLS LAST, agent_id NULLS LAST, started_at NULLS LAST
    `;

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

/**
 * The tables `directory` and what it is made of, for a WITH: resellers, organizations under their reseller and agents
 * under their organization, one below the other, a null id for each level that a row does not have. An agent whose
 * reseller is not its organization's is passed over.
 *
 * @param selected which organizations and agents
 * @param ofResellers which resellers
 */
export function directoryTables(selected: Fragment, ofResellers: Fragment): Fragment {
  return sql`present_agents AS (
  SELECT agents.reseller_id, agents.organization_id, agents.agent_id,
    agents.name, agents.external_id, agents.internal_id
  FROM agents
  JOIN organizations
    ON organizations.reseller_id = agents.reseller_id
    AND organizations.organization_id = agents.organization_id
  WHERE agents.agent_id IS NOT NULL
),
directory AS (
  SELECT reseller_id, organization_id, agent_id, name, external_id, internal_id
  FROM present_agents
  WHERE ${selected}
  UNION ALL
  SELECT reseller_id, organization_id, NULL, name, NULL, internal_id
  FROM organizations
  WHERE ${selected}
  UNION ALL
  SELECT reseller_id, NULL, NULL, name, NULL, internal_id
  FROM resellers
  WHERE ${ofResellers}
)`;
}
