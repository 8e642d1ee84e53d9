"""Writes one lake for each way in which pyarrow may write call_usage, below the given folder."""

import datetime
import decimal
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ID = "00000000-0000-4000-8000-0000000000%02x"
AT = datetime.datetime(2026, 4, 10, 9, 0, 0)
AT_SECONDS = 1775811600


def call(**columns):
    """Returns one call. The given columns replace those of a valid record."""
    sound = {
        "call_id": pa.array([ID % 1]),
        "reseller_id": pa.array([ID % 2]),
        "organization_id": pa.array([ID % 3]),
        "agent_id": pa.array([ID % 4]),
        "started_at": pa.array([AT], pa.timestamp("ms")),
        "duration_seconds": pa.array([1000], pa.int64()),
        "recorded_at": pa.array([AT], pa.timestamp("ms")),
    }
    return pa.table({**sound, **columns})


def instant(unit, offset, zone=None):
    per_second = {"us": 10**6, "ns": 10**9}[unit]
    number = AT_SECONDS * per_second + offset
    return pa.array([number], pa.int64()).cast(pa.timestamp(unit, tz=zone))


def not_utf8():
    offsets = pa.array([0, 3], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"a\xffb")])


def seconds(value, kind):
    return call(duration_seconds=pa.array([value], kind))


LAKES = {
    "sound": call(),
    "us_400": call(recorded_at=instant("us", 400)),
    "us_500": call(recorded_at=instant("us", 500)),
    "us_1500": call(recorded_at=instant("us", 1500)),
    "us_utc": call(recorded_at=instant("us", 600, "UTC")),
    "ms_utc": call(recorded_at=pa.array([AT], pa.timestamp("ms", tz="UTC"))),
    "ns_499999": call(recorded_at=instant("ns", 499_999)),
    "ns_500000": call(recorded_at=instant("ns", 500_000)),
    "ns_utc": call(recorded_at=instant("ns", 1_500_000, "Europe/Berlin")),
    "before_1970": call(recorded_at=pa.array([-1500], pa.int64()).cast(pa.timestamp("us"))),
    "date32": call(recorded_at=pa.array([AT.date()], pa.date32())),
    "date64": call(recorded_at=pa.array([AT], pa.date64())),
    "epoch_int64": call(recorded_at=pa.array([AT_SECONDS * 1000])),
    "epoch_double": call(recorded_at=pa.array([1.5])),
    "time64": call(recorded_at=pa.array([datetime.time(1)], pa.time64("us"))),
    "text_instant": call(recorded_at=pa.array(["2026-04-10 09:00:00"])),
    "int8": seconds(100, pa.int8()),
    "int32": seconds(1000, pa.int32()),
    "uint8": seconds(200, pa.uint8()),
    "uint16": seconds(60_000, pa.uint16()),
    "uint32": seconds(4_000_000_000, pa.uint32()),
    "uint64": seconds(2**63 + 5, pa.uint64()),
    "float32": seconds(1000.0, pa.float32()),
    "float64": seconds(1000.0, pa.float64()),
    "decimal_0": seconds(decimal.Decimal(1000), pa.decimal128(10, 0)),
    "decimal_2": seconds(decimal.Decimal("1000.50"), pa.decimal128(10, 2)),
    "bool": seconds(True, pa.bool_()),
    "text_number": seconds("1000", pa.string()),
    "duration": seconds(1000, pa.duration("s")),
    "instant_as_number": seconds(AT, pa.timestamp("ms")),
    "null_number": call(duration_seconds=pa.nulls(1)),
    "binary": call(call_id=pa.array([(ID % 1).encode()], pa.binary())),
    "fixed_binary": call(call_id=pa.array([(ID % 1).encode()], pa.binary(36))),
    "large_string": call(call_id=pa.array([ID % 1], pa.large_string())),
    "dictionary": call(call_id=pa.array([ID % 1]).dictionary_encode()),
    "null_text": call(agent_id=pa.nulls(1)),
    "not_utf8": call(agent_id=not_utf8()),
    "uuid": call(call_id=pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16)], pa.binary(16)))),
    "json": call(agent_id=pa.ExtensionArray.from_storage(pa.json_(), pa.array(['"x"']))),
    "number_as_id": call(call_id=pa.array([7])),
    "list": call(agent_id=pa.array([[ID % 4]])),
    "struct": call(agent_id=pa.array([{"x": ID % 4}])),
    "missing": call().drop(["recorded_at", "agent_id"]),
    "more": call(extra=pa.array([1]), dt=pa.array(["2026-04-30"])),
    "capitals": call().rename_columns(
        ["Call_Id", "RESELLER_ID", "organization_id", "agent_id", "started_at", "duration_seconds", "recorded_at"]
    ),
}

OPTIONS = {
    "int96": (call(recorded_at=instant("ns", 1_499_999)), {"use_deprecated_int96_timestamps": True}),
    "version_2": (call(), {"version": "2.6", "data_page_version": "2.0"}),
    "deltas": (
        call(),
        {"use_dictionary": False, "column_encoding": {"started_at": "DELTA_BINARY_PACKED", "call_id": "DELTA_BYTE_ARRAY"}},
    ),
    "split": (call(), {"use_dictionary": False, "column_encoding": {"duration_seconds": "BYTE_STREAM_SPLIT"}}),
    **{f"codec_{codec}": (call(), {"compression": codec}) for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]},
}


def write(folder, table, options):
    names = {"internal_id": ["i"], "name": ["n"]}
    directory = {
        "resellers": {"reseller_id": [ID % 2], **names},
        "organizations": {"organization_id": [ID % 3], "reseller_id": [ID % 2], **names},
        "agents": {
            "agent_id": [ID % 4],
            "organization_id": [ID % 3],
            "reseller_id": [ID % 2],
            "external_id": ["x"],
            **names,
        },
    }
    for name, columns in directory.items():
        os.makedirs(f"{folder}/{name}")
        pq.write_table(pa.table(columns), f"{folder}/{name}/part-0.parquet")
    os.makedirs(f"{folder}/call_usage/dt=2026-04-10")
    pq.write_table(table, f"{folder}/call_usage/dt=2026-04-10/part-0.parquet", **options)


for lake, table in LAKES.items():
    write(f"{sys.argv[1]}/{lake}", table, {})
for lake, (table, options) in OPTIONS.items():
    write(f"{sys.argv[1]}/{lake}", table, options)
