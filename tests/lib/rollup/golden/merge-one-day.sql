MERGE INTO usage_daily AS recorded
USING (
  WITH checked_records AS (
  SELECT dt, call_id, reseller_id, organization_id, agent_id, started_at, duration_seconds, recorded_at,
    (reseller_id <> '' AND regexp_replace(reseller_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_reseller_id,
    (organization_id <> '' AND regexp_replace(organization_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_organization_id,
    (agent_id <> '' AND regexp_replace(agent_id, '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '') = '') AS has_agent_id
  FROM call_usage
  WHERE dt >= '2026-04-01' AND dt <= '2026-04-01'
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
      PARTITION BY call_id, dt, CASE WHEN broken > 0 THEN uuid() END
      ORDER BY broken, recorded_at DESC NULLS LAST,
        duration_seconds DESC NULLS LAST, reseller_id NULLS LAST, organization_id NULLS LAST,
        agent_id NULLS LAST, started_at NULLS LAST
    ) AS place
  FROM judged_records
),
  keyed_records AS (
    SELECT dt, broken, CASE WHEN broken = 0 THEN reseller_id END AS reseller_id,
      CASE WHEN broken = 0 THEN organization_id END AS organization_id,
      CASE WHEN broken = 0 THEN agent_id END AS agent_id,
      CASE WHEN broken = 0 THEN CASE WHEN duration_seconds > 0 THEN duration_seconds ELSE 0 END ELSE 0 END AS seconds
    FROM ranked_records
    WHERE place = 1
  ),
  stated AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      CAST(sum(seconds) AS bigint) AS seconds, CAST(count(CASE WHEN broken = 0 THEN 1 END) AS bigint) AS calls,
      CAST(NULL AS varchar) AS source,
      CASE WHEN reseller_id IS NULL THEN 'missing_call_id=' || CAST(count(CASE WHEN broken = 1 THEN 1 END) AS varchar)
        || ' invalid_call_id=' || CAST(count(CASE WHEN broken = 2 THEN 1 END) AS varchar)
        || ' missing_recorded_at=' || CAST(count(CASE WHEN broken = 3 THEN 1 END) AS varchar)
        || ' missing_reseller_id=' || CAST(count(CASE WHEN broken = 4 THEN 1 END) AS varchar)
        || ' invalid_reseller_id=' || CAST(count(CASE WHEN broken = 5 THEN 1 END) AS varchar)
        || ' missing_organization_id=' || CAST(count(CASE WHEN broken = 6 THEN 1 END) AS varchar)
        || ' invalid_organization_id=' || CAST(count(CASE WHEN broken = 7 THEN 1 END) AS varchar)
        || ' invalid_agent_id=' || CAST(count(CASE WHEN broken = 8 THEN 1 END) AS varchar) END AS broken_records
    FROM keyed_records
    GROUP BY dt, reseller_id, organization_id, agent_id
    UNION ALL
    SELECT dt, NULL, NULL, NULL, 0, 0, source || ' ' || CAST(uuid() AS varchar), NULL
    FROM (VALUES ('2026-04-01', 's3://lake/o''brien/ calls-2 files-of-2026-04-01')) AS days (dt, source)
  ),
  sides AS (
    SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records,
      CAST(NULL AS bigint) AS recorded_seconds, CAST(NULL AS bigint) AS recorded_calls,
      CAST(NULL AS varchar) AS recorded_source, CAST(NULL AS varchar) AS recorded_broken_records
    FROM stated
    UNION ALL
    SELECT dt, reseller_id, organization_id, agent_id, NULL, NULL, NULL, NULL, seconds, calls, source, broken_records
    FROM usage_daily
    WHERE dt >= '2026-04-01' AND dt <= '2026-04-01'
  ),
  compared AS (
    SELECT dt, reseller_id, organization_id, agent_id,
      max(seconds) AS seconds, max(calls) AS calls, max(source) AS source, max(broken_records) AS broken_records,
      max(recorded_seconds) AS recorded_seconds, max(recorded_calls) AS recorded_calls,
      max(recorded_source) AS recorded_source, max(recorded_broken_records) AS recorded_broken_records
    FROM sides
    GROUP BY dt, reseller_id, organization_id, agent_id
  )
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records
  FROM compared
  WHERE seconds IS DISTINCT FROM recorded_seconds OR calls IS DISTINCT FROM recorded_calls
    OR source IS DISTINCT FROM recorded_source OR broken_records IS DISTINCT FROM recorded_broken_records
) AS changed
ON recorded.dt >= '2026-04-01' AND recorded.dt <= '2026-04-01' AND recorded.dt = changed.dt
  AND COALESCE(recorded.reseller_id, '') = COALESCE(changed.reseller_id, '')
  AND COALESCE(recorded.organization_id, '') = COALESCE(changed.organization_id, '')
  AND COALESCE(recorded.agent_id, '') = COALESCE(changed.agent_id, '')
WHEN MATCHED AND changed.seconds IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET seconds = changed.seconds, calls = changed.calls, source = changed.source,
  broken_records = changed.broken_records
WHEN NOT MATCHED THEN INSERT
  (dt, reseller_id, organization_id, agent_id, seconds, calls, source, broken_records)
  VALUES (changed.dt, changed.reseller_id, changed.organization_id, changed.agent_id,
    changed.seconds, changed.calls, changed.source, changed.broken_records)
