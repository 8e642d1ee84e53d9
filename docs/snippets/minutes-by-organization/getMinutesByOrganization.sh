curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" \
  "$API/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-30"
