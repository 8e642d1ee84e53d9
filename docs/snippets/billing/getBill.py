import os
import requests

response = requests.get(
    f"{os.environ['API']}/v1/billing/bills/1",
    headers={"authorization": f"Bearer {os.environ['TOKEN']}"},
    timeout=30,
)
response.raise_for_status()

bill = response.json()
totals = bill["totals"]
print(f"bill {bill['number']}: {totals['usage_seconds']} s used, {totals['adjustment_seconds']} s adjusted")
