"""awswrangler with a poll interval in seconds. Answers each line of standard input with one of output."""

import json
import os
import sys
import time

import awswrangler as wr

wr.config.athena_endpoint_url = os.environ["AWS_ENDPOINT_URL_ATHENA"]
wr.config.s3_endpoint_url = os.environ["AWS_ENDPOINT_URL_S3"]
for number, _ in enumerate(sys.stdin):
    started_at = time.perf_counter()
    frame = wr.athena.read_sql_query(
        f"SELECT {number}",
        database="minutes",
        workgroup="bench",
        ctas_approach=False,
        s3_output="s3://athena-results/bench/",
        athena_query_wait_polling_delay=float(sys.argv[1]),
    )
    milliseconds = (time.perf_counter() - started_at) * 1000
    print(json.dumps({"milliseconds": milliseconds, "rows": len(frame)}), flush=True)
