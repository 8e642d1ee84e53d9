import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/billing/snapshots/2026-04/adjustments",
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

month = response.json()
seconds = sum(adjustment["seconds_delta"] for adjustment in month["data"])
assert seconds == month["totals"]["adjustment_seconds"]
print(f"revision {month['revision']}: adjusted by {seconds} s")
