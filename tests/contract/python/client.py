"""A client of the API as its reader would write one, over a package by openapi-python-client.

Prints what it got as one JSON object. Every answer must be of the class that the package promises.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from minutes_client import AuthenticatedClient
from minutes_client.api.billing import get_billing_snapshot, list_billing_snapshots
from minutes_client.api.report import get_minutes_by_organization, post_minutes_by_organization
from minutes_client.models import (
    GatewayMessage,
    InvalidRequest,
    Organization,
    Problem,
    ProblemType,
    Report,
    ReportRequest,
    Snapshot,
    SnapshotList,
)

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
Expected = TypeVar("Expected")


def a(expected: type[Expected], value: object) -> Expected:
    """The value, which must be of that class."""
    if not isinstance(value, expected):
        raise TypeError(f"{value!r} is no {expected.__name__}")
    return value


def figures(organizations: list[Organization]) -> list[dict[str, object]]:
    return [
        {
            "organization_id": str(a(UUID, organization.organization_id)),
            "reseller_id": str(a(UUID, organization.reseller_id)),
            "total_voice_minutes": organization.total_voice_minutes,
            "seconds": sum(round(agent.voice_minutes * 60) for agent in organization.agents),
        }
        for organization in organizations
    ]


def told(snapshot: Snapshot) -> dict[str, object]:
    return {
        "figures": figures(snapshot.data),
        "revision": snapshot.revision,
        "as_of": a(datetime, snapshot.as_of).isoformat(),
        "adjustments": len(snapshot.adjustments),
        "delta": sum(adjustment.seconds_delta for adjustment in snapshot.adjustments),
    }


def main() -> None:
    client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["TOKEN"])
    stranger = AuthenticatedClient(base_url=os.environ["API"], token="made-up")

    report = a(Report, get_minutes_by_organization.sync(client=client, start_date=FIRST, end_date=LAST))
    two = [organization.organization_id for organization in report.data[:2]]
    filtered = a(
        Report,
        get_minutes_by_organization.sync(client=client, start_date=FIRST, end_date=LAST, organization_ids=two),
    )
    body = ReportRequest(start_date=FIRST, end_date=LAST, organization_ids=two)
    posted = a(Report, post_minutes_by_organization.sync(client=client, body=body))

    months = a(SnapshotList, list_billing_snapshots.sync(client=client))
    newest = a(Snapshot, get_billing_snapshot.sync("2026-04", client=client))
    closed = get_billing_snapshot.sync_detailed("2026-04", client=client, revision=1)
    known = get_billing_snapshot.sync_detailed(
        "2026-04", client=client, revision=1, if_none_match=closed.headers["etag"]
    )

    wrong = get_minutes_by_organization.sync_detailed(client=client, start_date=LAST, end_date=FIRST)
    refused = get_minutes_by_organization.sync_detailed(client=stranger, start_date=FIRST, end_date=LAST)
    still_open = get_billing_snapshot.sync_detailed("2026-05", client=client)
    problem = a(Problem, still_open.parsed)

    print(
        json.dumps(
            {
                "report": {
                    "figures": figures(report.data),
                    "start_date": a(date, report.period.start_date).isoformat(),
                    "end_date": a(date, report.period.end_date).isoformat(),
                },
                "filtered": figures(filtered.data),
                "posted": figures(posted.data),
                "months": [
                    {"period": month.period, "revision": month.revision, "as_of": a(datetime, month.as_of).isoformat()}
                    for month in months.data
                ],
                "newest": told(newest),
                "closed": told(a(Snapshot, closed.parsed)),
                "known": known.status_code,
                "wrong": {
                    "status": wrong.status_code,
                    "codes": [error.code for error in a(InvalidRequest, wrong.parsed).errors],
                },
                "stranger": {
                    "status": refused.status_code,
                    "refusal": a(GatewayMessage, refused.parsed).message,
                },
                "open": {
                    "status": still_open.status_code,
                    "is_open": problem.type_ is ProblemType.MONTH_NOT_CLOSED,
                },
            }
        )
    )


main()
