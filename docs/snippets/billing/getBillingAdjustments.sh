curl -sS --compressed --fail-with-body -H "authorization: Bearer $TOKEN" "$API/v1/billing/snapshots/2026-04/adjustments"
