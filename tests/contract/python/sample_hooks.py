"""Tells schemathesis what the sample lake contains.

A generated request is valid by its schema, but the service refuses most of them. A report of the year 1052 is before
the data begins, and an end before the start is an error. These hooks replace valid days by days of the sample, in
order. They replace some of the ids and months by existing ones. Invalid values stay as they were generated.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import zlib
from collections.abc import Callable
from typing import Any, TypeGuard

import schemathesis

FIRST_DAY = datetime.date(2026, 2, 1)
DAYS = 120
SAMPLE: dict[str, list[str]] = json.loads(os.environ["SAMPLE_IDS"])
ORGANIZATIONS, RESELLERS = SAMPLE["organizations"], SAMPLE["resellers"]
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# The nil UUID, which is generated most often, does not have this remainder.
STRANGERS = 2


def is_day(value: Any) -> TypeGuard[str]:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def sample_day(value: Any) -> Any:
    """Returns a day of the sample for any valid day."""
    if not is_day(value):
        return value
    days = datetime.date.fromisoformat(value).toordinal() % DAYS
    return (FIRST_DAY + datetime.timedelta(days)).isoformat()


def sample_organizations(value: Any) -> Any:
    """Returns an existing organization for most valid ids."""
    return with_ids(value, lambda number: [ORGANIZATIONS[number % len(ORGANIZATIONS)]])


def sample_resellers(value: Any) -> Any:
    """Returns all resellers for most valid ids. With only one, few organizations would match both filters."""
    return with_ids(value, lambda number: RESELLERS)


def with_ids(value: Any, there: Callable[[int], list[str]]) -> Any:
    if not isinstance(value, list):
        return value
    return [other for item in value for other in (there(zlib.crc32(item.encode())) if is_replaced(item) else [item])]


def is_replaced(value: Any) -> bool:
    """Chooses three of four ids. The others remain ids that do not exist."""
    return isinstance(value, str) and UUID.fullmatch(value) is not None and zlib.crc32(value.encode()) % 4 != STRANGERS


def sample_month(value: Any) -> Any:
    """Returns the closed month for most valid months."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        return value
    return "2026-04" if int(value[-2:]) < 10 else value


def sample_revision(value: Any) -> Any:
    """Returns an existing revision, or the first missing one, for half of the valid numbers."""
    is_even = isinstance(value, int) and 1 <= value <= 9_999 and value % 2 == 0
    return 1 + value % 3 if is_even else value


OF_THE_SAMPLE: dict[str, Callable[[Any], Any]] = {
    "start_date": sample_day,
    "end_date": sample_day,
    "organization_ids": sample_organizations,
    "reseller_ids": sample_resellers,
    "period": sample_month,
    "revision": sample_revision,
}


def to_the_sample(stated: Any) -> None:
    if not isinstance(stated, dict):
        return
    for name, change in OF_THE_SAMPLE.items():
        if name in stated:
            stated[name] = change(stated[name])
    start, end = stated.get("start_date"), stated.get("end_date")
    if is_day(start) and is_day(end) and start > end:
        stated["start_date"], stated["end_date"] = end, start


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> schemathesis.Case[Any]:
    generated = repr((case.path_parameters, case.query, case.body, dict(case.headers))).encode()
    for stated in (case.path_parameters, case.query, case.body):
        to_the_sample(stated)
    # OpenAPI has no parameter for the format (a header parameter `Accept` is ignored by definition), so half of
    # the requests ask for the other one here.
    formats = case.operation.definition.raw["responses"]["200"]["content"]
    if "text/csv" in formats and zlib.crc32(generated) % 2 == 0:
        case.headers["Accept"] = "text/csv"
    return case


@schemathesis.deserializer("text/csv")
def csv_text(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> str:
    """Returns CSV as text: the document describes no columns."""
    return response.text
