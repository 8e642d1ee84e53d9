"""PyAthena with a cursor and a poll interval in seconds. Answers each line of standard input with one of output."""

import json
import sys
import time

from pyathena import connect
from pyathena.cursor import Cursor
from pyathena.pandas.cursor import PandasCursor

cursor_class = {"default": Cursor, "pandas": PandasCursor}[sys.argv[1]]
connection = connect(
    work_group="bench",
    schema_name="minutes",
    s3_staging_dir="s3://athena-results/bench/",
    region_name="eu-central-1",
    poll_interval=float(sys.argv[2]),
)
for number, _ in enumerate(sys.stdin):
    started_at = time.perf_counter()
    cursor = connection.cursor(cursor_class).execute(f"SELECT {number}")
    rows = cursor.as_pandas() if sys.argv[1] == "pandas" else cursor.fetchall()
    milliseconds = (time.perf_counter() - started_at) * 1000
    print(json.dumps({"milliseconds": milliseconds, "rows": len(rows)}), flush=True)
