curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" \
  "$API/v1/reports/minutes-by-agent?start_date=2026-04-01&end_date=2026-04-30&agent_ids=81a11a10-ba07-461b-b1ab-6d97995fb357,302a394e-327e-454d-bba9-2e3e6363604d"
