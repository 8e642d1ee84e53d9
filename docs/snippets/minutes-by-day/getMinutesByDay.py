import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/reports/minutes-by-day",
    params={
        "start_date": "2026-04-13",
        "end_date": "2026-04-19",
    },
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

for day in response.json()["data"]:
    print(day["date"], day["total_voice_minutes"], day["call_count"])
