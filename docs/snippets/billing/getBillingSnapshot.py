import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/billing/snapshots/2026-04",
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

month = response.json()
seconds = sum(round(entry["total_voice_minutes"] * 60) for entry in month["data"])
delta = sum(adjustment["seconds_delta"] for adjustment in month["adjustments"])
print(f"revision {month['revision']}: {seconds} s, {delta} s other than in the one before")
