curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" -H "content-type: application/json" \
  -d '{"start_date": "2026-04-13", "end_date": "2026-04-19"}' \
  "$API/v1/reports/minutes-by-day"
