curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" "$API/v1/billing/bills"
