ALTER TABLE usage_daily ADD COLUMNS (broken_records string)
