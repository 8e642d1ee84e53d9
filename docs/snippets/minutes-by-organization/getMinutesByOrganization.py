import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/reports/minutes-by-organization",
    params={"start_date": "2026-04-01", "end_date": "2026-04-30"},
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

for organization in response.json()["data"]:
    minutes = organization["total_voice_minutes"]
    print(organization["organization_name"], minutes, round(minutes * 60))
