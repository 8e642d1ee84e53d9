WITH rolled_up_days AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls, source
  FROM usage_daily
  WHERE dt >= ? AND dt <= ? AND (reseller_id IN (?, ?, ?) OR reseller_id IS NULL)
),
daily_usage AS (
  SELECT dt, reseller_id, organization_id, agent_id, seconds, calls,
    CASE WHEN reseller_id IS NULL THEN dt END AS rolled_day, source
  FROM rolled_up_days
),
days AS (
  SELECT dt, rolled_day, sum(seconds) AS seconds, sum(calls) AS calls,
    count(rolled_day) AS marks, max(source) AS source
  FROM daily_usage
  GROUP BY dt, rolled_day
)
SELECT dt, CAST(COALESCE(sum(seconds), 0) AS bigint) AS seconds, CAST(COALESCE(sum(calls), 0) AS bigint) AS calls,
  CAST(count(*) - count(rolled_day) AS bigint) AS days, rolled_day, CAST(sum(marks) AS bigint) AS marks,
  max(source) AS source
FROM days
GROUP BY GROUPING SETS ((dt, rolled_day), ())
ORDER BY dt NULLS LAST, rolled_day NULLS LAST
