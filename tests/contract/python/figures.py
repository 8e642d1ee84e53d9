"""Prints the exact seconds of the figures that the API gives, read with a package by openapi-python-client."""

from __future__ import annotations

import json
import os
from datetime import date

from minutes_client import AuthenticatedClient
from minutes_client.api.billing import get_billing_snapshot
from minutes_client.api.report import get_minutes_by_organization
from minutes_client.models import Report, Snapshot


def main() -> None:
    client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["TOKEN"])
    report = get_minutes_by_organization.sync(client=client, start_date=date(2026, 4, 1), end_date=date(2026, 4, 30))
    month = get_billing_snapshot.sync("2026-04", client=client)
    if not isinstance(report, Report) or not isinstance(month, Snapshot):
        raise TypeError("the API gave no report or no month")
    print(
        json.dumps(
            {
                "seconds": [
                    round(agent.voice_minutes * 60) for organization in report.data for agent in organization.agents
                ],
                "adjustments": [
                    [each.seconds_before, each.seconds_after, each.seconds_delta] for each in month.adjustments
                ],
            }
        )
    )


main()
