import { describe, expect, test } from "vitest";
import { redacted } from "../../lib/log.ts";

describe("a message for the log", () => {
  test.each([
    ["an id", "no agent 7d1e0000-0000-4000-8000-000000000001", "no agent …"],
    ["a quoted value", "Cannot cast 'Acme Dental' to bigint", "Cannot cast … to bigint"],
    ["a quoted location", "Cannot cast 's3://lake/call_usage/x' to bigint", "Cannot cast … to bigint"],
  ])("does not contain %s", (_, message, expected) => {
    expect(redacted(message)).toBe(expected);
  });

  test.each([
    "s3://lake/call_usage/dt=2026-04-10/part-0-7d1e0000-0000-4000-8000-000000000001.c000.snappy.parquet",
    "call_usage/dt=2026-04-10/part-0-7d1e0000-0000-4000-8000-000000000001.c000.snappy.parquet",
  ])("names the file that cannot be read: %s", (file) => {
    const message = `HIVE_BAD_DATA: Field started_at's type INT64 in parquet file ${file} is incompatible`;
    expect(redacted(message)).toBe(message);
  });
});
