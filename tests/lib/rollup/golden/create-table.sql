CREATE TABLE IF NOT EXISTS usage_daily (
  dt string, reseller_id string, organization_id string, agent_id string, seconds bigint, calls bigint, source string,
  broken_records string
)
PARTITIONED BY (truncate(7, dt), bucket(16, reseller_id))
LOCATION 's3://tables/it''s/usage_daily/'
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'zstd')
