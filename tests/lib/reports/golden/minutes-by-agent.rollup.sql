WITH rolled_up_days AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source
  FROM usage_daily
  WHERE dt >= ? AND dt <= ? AND (reseller_id IN (?, ?, ?) AND agent_id IN (?, ?) OR reseller_id IS NULL)
),
daily_usage AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls,
    CASE WHEN reseller_id IS NULL THEN dt END AS rolled_day, source
  FROM rolled_up_days
),
present_agents AS (
  SELECT agents.reseller_id, agents.organization_id, agents.agent_id,
    agents.name, agents.external_id, agents.internal_id
  FROM agents
  JOIN organizations
    ON organizations.reseller_id = agents.reseller_id
    AND organizations.organization_id = agents.organization_id
  WHERE (agents.agent_id <> '' AND regexp_replace(agents.agent_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
),
directory AS (
  SELECT reseller_id, organization_id, agent_id, name, external_id, internal_id
  FROM present_agents
  WHERE reseller_id IN (?, ?, ?) AND agent_id IN (?, ?) AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AND (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
  UNION ALL
  SELECT reseller_id, organization_id, NULL, name, NULL, internal_id
  FROM organizations
  WHERE reseller_id IN (?, ?, ?) AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AND (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
  UNION ALL
  SELECT reseller_id, NULL, NULL, name, NULL, internal_id
  FROM resellers
  WHERE reseller_id IN (?, ?, ?) AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
),
usage AS (
  SELECT reseller_id, organization_id, agent_id, seconds, calls, rolled_day,
    source AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id
  FROM daily_usage
  UNION ALL
  SELECT reseller_id, organization_id, agent_id, 0, 0, NULL, name, external_id, internal_id
  FROM directory
),
figures AS (
  SELECT reseller_id, organization_id, agent_id, rolled_day, count(rolled_day) AS marks,
    sum(seconds) AS seconds, sum(calls) AS calls,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
  FROM usage
  GROUP BY reseller_id, organization_id, agent_id, rolled_day
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(reseller_id) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id, CAST(COALESCE(sum(calls), 0) AS bigint) AS calls,
  rolled_day, CAST(sum(marks) AS bigint) AS marks
FROM figures
GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id, rolled_day), ())
ORDER BY reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST, rolled_day NULLS LAST
