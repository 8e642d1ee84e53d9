import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/billing/bills",
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

bills = response.json()
for bill in bills["data"]:
    print(f"bill {bill['number']} {bill['period']} {bill['totals']['seconds']} s")
for waiting in bills["pending"]:
    print(f"pending {waiting['period']} {waiting['adjustment_seconds']} s")
