DELETE FROM usage_daily WHERE dt = '2026-04-19'
