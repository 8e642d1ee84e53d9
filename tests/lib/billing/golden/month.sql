WITH checked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_reseller_id,
    (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_organization_id,
    (agent_id <> '' AND regexp_replace(agent_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_agent_id
  FROM call_usage
  WHERE dt >= ? AND dt <= ? AND (recorded_at < ? OR recorded_at IS NULL)
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
  WHERE TRUE
),
ranked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at, broken,
    row_number() OVER (
      PARTITION BY call_id, dt
      ORDER BY broken, recorded_at DESC NULLS LAST,
        duration_seconds DESC NULLS LAST, reseller_id NULLS LAST, organization_id NULLS LAST,
        agent_id NULLS LAST, started_at NULLS LAST
    ) AS place,
    rank() OVER (
      PARTITION BY call_id, dt
      ORDER BY broken, recorded_at DESC NULLS LAST,
        duration_seconds DESC NULLS LAST, reseller_id NULLS LAST, organization_id NULLS LAST,
        agent_id NULLS LAST, started_at NULLS LAST
    ) AS first_alike,
    max(CASE WHEN broken > 0 THEN recorded_at END) OVER (PARTITION BY call_id, dt) AS broken_at,
    min(CASE WHEN broken = 0 THEN dt END) OVER (PARTITION BY call_id) AS first_day,
    max(CASE WHEN broken = 0 THEN dt END) OVER (PARTITION BY call_id) AS last_day
  FROM judged_records
),
month_records AS (
  SELECT dt, CASE WHEN place = 1 AND broken = 0 THEN reseller_id END AS reseller_id,
    CASE WHEN place = 1 AND broken = 0 THEN organization_id END AS organization_id,
    CASE WHEN place = 1 AND broken = 0 THEN agent_id END AS agent_id,
    CASE WHEN place = 1 AND broken = 0 THEN CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END ELSE 0 END AS seconds,
    CASE WHEN place = 1 AND broken = 0 THEN 1 ELSE 0 END AS calls,
    CASE WHEN broken = 0 AND place > first_alike THEN 1 ELSE 0 END AS copies,
    CASE WHEN broken = 0 AND place = first_alike AND place > 1 THEN 1 ELSE 0 END AS corrections,
    CASE WHEN place = 1 AND broken = 0 AND agent_id IS NULL THEN 1 ELSE 0 END AS without_agent,
    CASE WHEN place = 1 AND broken = 0 AND duration_seconds IS NULL THEN 1 ELSE 0 END AS in_progress,
    CASE WHEN place = 1 AND broken = 0 AND duration_seconds < 0 THEN 1 ELSE 0 END AS negative,
    CASE WHEN broken = 1 THEN 1 ELSE 0 END AS missing_call_id,
    CASE WHEN broken = 2 THEN 1 ELSE 0 END AS invalid_call_id,
    CASE WHEN broken = 3 THEN 1 ELSE 0 END AS missing_recorded_at,
    CASE WHEN broken = 4 THEN 1 ELSE 0 END AS missing_reseller_id,
    CASE WHEN broken = 5 THEN 1 ELSE 0 END AS invalid_reseller_id,
    CASE WHEN broken = 6 THEN 1 ELSE 0 END AS missing_organization_id,
    CASE WHEN broken = 7 THEN 1 ELSE 0 END AS invalid_organization_id,
    CASE WHEN broken = 8 THEN 1 ELSE 0 END AS invalid_agent_id,
    CASE WHEN place = 1 AND broken = 0 AND broken_at >= recorded_at THEN 1 ELSE 0 END AS latest_record_broken,
    CASE WHEN place = 1 AND broken = 0 AND first_day <> last_day THEN 1 ELSE 0 END AS call_on_two_days,
    CASE WHEN place = 1 AND broken = 0
        AND (started_at IS NULL OR CAST(CAST(started_at AS date) AS varchar) <> dt) THEN 1 ELSE 0 END AS dt_differs_from_started_at,
    CASE WHEN FALSE THEN 1 ELSE 0 END AS recorded_in_the_future
  FROM ranked_records
  WHERE dt >= ? AND dt <= ?
),
calls AS (
  SELECT dt, reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    sum(calls) AS calls,
    sum(copies) AS copies,
    sum(corrections) AS corrections,
    sum(without_agent) AS without_agent,
    sum(in_progress) AS in_progress,
    sum(negative) AS negative,
    sum(missing_call_id) AS missing_call_id,
    sum(invalid_call_id) AS invalid_call_id,
    sum(missing_recorded_at) AS missing_recorded_at,
    sum(missing_reseller_id) AS missing_reseller_id,
    sum(invalid_reseller_id) AS invalid_reseller_id,
    sum(missing_organization_id) AS missing_organization_id,
    sum(invalid_organization_id) AS invalid_organization_id,
    sum(invalid_agent_id) AS invalid_agent_id,
    sum(latest_record_broken) AS latest_record_broken,
    sum(call_on_two_days) AS call_on_two_days,
    sum(dt_differs_from_started_at) AS dt_differs_from_started_at,
    sum(recorded_in_the_future) AS recorded_in_the_future
  FROM month_records
  GROUP BY GROUPING SETS ((reseller_id, organization_id, agent_id), (dt))
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
  WHERE TRUE AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AND (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
  UNION ALL
  SELECT reseller_id, organization_id, NULL, name, NULL, internal_id
  FROM organizations
  WHERE TRUE AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AND (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
  UNION ALL
  SELECT reseller_id, NULL, NULL, name, NULL, internal_id
  FROM resellers
  WHERE TRUE AND (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '')
),
usage AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds,
    calls,
    copies,
    corrections,
    without_agent,
    in_progress,
    negative,
    missing_call_id,
    invalid_call_id,
    missing_recorded_at,
    missing_reseller_id,
    invalid_reseller_id,
    missing_organization_id,
    invalid_organization_id,
    invalid_agent_id,
    latest_record_broken,
    call_on_two_days,
    dt_differs_from_started_at,
    recorded_in_the_future,
    CAST(NULL AS varchar) AS name, CAST(NULL AS varchar) AS external_id, CAST(NULL AS varchar) AS internal_id,
    CAST(NULL AS varchar) AS left_out_at
  FROM calls
  WHERE dt IS NOT NULL OR reseller_id IS NOT NULL
  UNION ALL
  SELECT dt, NULL, NULL, NULL, 0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    count(*),
    NULL, NULL, NULL, NULL
  FROM call_usage
  WHERE dt >= ? AND dt <= ? AND recorded_at >= ?
  GROUP BY dt
  UNION ALL
  SELECT dt, NULL, NULL, NULL, 0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    NULL, NULL, NULL, CAST(min(recorded_at) AS varchar)
  FROM call_usage
  WHERE dt >= ? AND dt <= ? AND recorded_at >= ? AND ? IS NOT NULL
  GROUP BY dt
  UNION ALL
  SELECT NULL, reseller_id, organization_id, agent_id, 0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    name, external_id, internal_id, NULL
  FROM directory
),
figures AS (
  SELECT dt, reseller_id, organization_id, agent_id, sum(seconds) AS seconds,
    sum(calls) AS calls,
    sum(copies) AS copies,
    sum(corrections) AS corrections,
    sum(without_agent) AS without_agent,
    sum(in_progress) AS in_progress,
    sum(negative) AS negative,
    sum(missing_call_id) AS missing_call_id,
    sum(invalid_call_id) AS invalid_call_id,
    sum(missing_recorded_at) AS missing_recorded_at,
    sum(missing_reseller_id) AS missing_reseller_id,
    sum(invalid_reseller_id) AS invalid_reseller_id,
    sum(missing_organization_id) AS missing_organization_id,
    sum(invalid_organization_id) AS invalid_organization_id,
    sum(invalid_agent_id) AS invalid_agent_id,
    sum(latest_record_broken) AS latest_record_broken,
    sum(call_on_two_days) AS call_on_two_days,
    sum(dt_differs_from_started_at) AS dt_differs_from_started_at,
    sum(recorded_in_the_future) AS recorded_in_the_future,
    max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
    max(left_out_at) AS left_out_at
  FROM usage
  GROUP BY dt, reseller_id, organization_id, agent_id
)
SELECT reseller_id, organization_id, agent_id, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds,
  count(*) AS figures,
  max(name) AS name, max(external_id) AS external_id, max(internal_id) AS internal_id,
  dt,
  CAST(COALESCE(sum(calls), 0) AS bigint) AS calls,
    CAST(COALESCE(sum(copies), 0) AS bigint) AS copies,
    CAST(COALESCE(sum(corrections), 0) AS bigint) AS corrections,
    CAST(COALESCE(sum(without_agent), 0) AS bigint) AS without_agent,
    CAST(COALESCE(sum(in_progress), 0) AS bigint) AS in_progress,
    CAST(COALESCE(sum(negative), 0) AS bigint) AS negative,
    CAST(COALESCE(sum(missing_call_id), 0) AS bigint) AS missing_call_id,
    CAST(COALESCE(sum(invalid_call_id), 0) AS bigint) AS invalid_call_id,
    CAST(COALESCE(sum(missing_recorded_at), 0) AS bigint) AS missing_recorded_at,
    CAST(COALESCE(sum(missing_reseller_id), 0) AS bigint) AS missing_reseller_id,
    CAST(COALESCE(sum(invalid_reseller_id), 0) AS bigint) AS invalid_reseller_id,
    CAST(COALESCE(sum(missing_organization_id), 0) AS bigint) AS missing_organization_id,
    CAST(COALESCE(sum(invalid_organization_id), 0) AS bigint) AS invalid_organization_id,
    CAST(COALESCE(sum(invalid_agent_id), 0) AS bigint) AS invalid_agent_id,
    CAST(COALESCE(sum(latest_record_broken), 0) AS bigint) AS latest_record_broken,
    CAST(COALESCE(sum(call_on_two_days), 0) AS bigint) AS call_on_two_days,
    CAST(COALESCE(sum(dt_differs_from_started_at), 0) AS bigint) AS dt_differs_from_started_at,
    CAST(COALESCE(sum(recorded_in_the_future), 0) AS bigint) AS recorded_in_the_future,
  max(left_out_at) AS left_out_at
FROM figures
GROUP BY GROUPING SETS ((dt, reseller_id, organization_id, agent_id), ())
ORDER BY dt NULLS LAST, reseller_id NULLS LAST, organization_id NULLS FIRST, agent_id NULLS FIRST
