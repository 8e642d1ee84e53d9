curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" -H "content-type: application/json" \
  -d '{"start_date": "2026-04-01", "end_date": "2026-04-30", "organization_ids": ["41d52398-79b9-4878-843d-7449a8eda453"]}' \
  "$API/v1/reports/minutes-by-organization"
