SELECT dt, max(source) AS source, count(*) AS marks, max(broken_records) AS broken_records
FROM usage_daily
WHERE reseller_id IS NULL
GROUP BY dt
ORDER BY dt
