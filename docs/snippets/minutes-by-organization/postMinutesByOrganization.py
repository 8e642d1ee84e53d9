import os
import requests

response = requests.post(
    f"{os.environ['API']}/v1/reports/minutes-by-organization",
    json={
        "start_date": "2026-04-01",
        "end_date": "2026-04-30",
        "organization_ids": ["41d52398-79b9-4878-843d-7449a8eda453"],
    },
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

for organization in response.json()["data"]:
    for agent in organization["agents"]:
        print(organization["organization_name"], agent["agent_name"], agent["voice_minutes"])
