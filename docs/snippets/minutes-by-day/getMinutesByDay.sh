curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" \
  "$API/v1/reports/minutes-by-day?start_date=2026-04-13&end_date=2026-04-19"
