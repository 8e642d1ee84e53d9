import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/billing/snapshots",
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

for month in response.json()["data"]:
    print(month["period"], month["revision"], month["as_of"])
