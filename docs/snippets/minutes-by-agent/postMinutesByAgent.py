import os
import requests

response = requests.post(
    f"{os.environ['API']}/v1/reports/minutes-by-agent",
    json={
        "start_date": "2026-04-01",
        "end_date": "2026-04-30",
        "agent_ids": ["81a11a10-ba07-461b-b1ab-6d97995fb357", "302a394e-327e-454d-bba9-2e3e6363604d"],
    },
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

for agent in response.json()["data"]:
    print(agent["agent_name"], agent["total_minutes"], agent["call_count"])
