WITH checked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_reseller_id,
    (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_organization_id,
    (agent_id <> '' AND regexp_replace(agent_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_agent_id
  FROM call_usage
  WHERE dt >= ? AND dt <= ?
),
judged_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    CASE
      WHEN (call_id LIKE '________-____-____-____-____________' AND call_id = lower(call_id)) AND recorded_at IS NOT NULL AND has_reseller_id AND has_organization_id
        AND (has_agent_id OR agent_id IS NULL) THEN 0
      WHEN call_id IS NULL THEN 1
      WHEN NOT (call_id LIKE '________-____-____-____-____________' AND call_id = lower(call_id)) THEN 2
      WHEN recorded_at IS NULL THEN 3
      WHEN reseller_id IS NULL THEN 4
      WHEN NOT has_reseller_id THEN 5
      WHEN organization_id IS NULL THEN 6
      WHEN NOT has_organization_id THEN 7
      WHEN NOT has_agent_id THEN 8
    END AS broken
  FROM checked_records
  WHERE call_id IN (SELECT call_id FROM call_usage WHERE dt >= ? AND dt <= ? AND reseller_id IN (?, ?, ?))
),
ranked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at, broken,
    row_number() OVER (
      PARTITION BY call_id, dt
      ORDER BY broken, recorded_at DESC NULLS LAST,
        duration_seconds DESC NULLS LAST, reseller_id NULLS LAST, organization_id NULLS LAST,
        agent_id NULLS LAST, started_at NULLS LAST
    ) AS place
  FROM judged_records
),
counted_calls AS (
  SELECT dt, reseller_id, organization_id, agent_id, CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END AS seconds
  FROM ranked_records
  WHERE place = 1 AND broken = 0 AND reseller_id IN (?, ?, ?)
),
daily_usage AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, 1 AS calls,
    CAST(NULL AS varchar) AS rolled_day, CAST(NULL AS varchar) AS source
  FROM counted_calls
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
  WHERE reseller_id IN (?, ?, ?) AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AND (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
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
  SELECT reseller_id, organization_id, agent_id, seconds, rolled_day,
    source AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id
  FROM daily_usage
  UNION ALL
  SELECT reseller_id, organization_id, agent_id, 0, NULL, name, external_id, internal_id
  FROM directory
),
figures AS (
  SELECT reseller_id, organization_id, agent_id, rolled_day, count(rolled_day) AS marks,
    sum(seconds) AS seconds,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id
  FROM usage
  GROUP BY reseller_id, organization_id, agent_id, rolled_day
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(reseller_id) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
  rolled_day, CAST(sum(marks) AS bigint) AS marks
FROM figures
GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id, rolled_day), ())
ORDER BY reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST, rolled_day NULLS LAST
