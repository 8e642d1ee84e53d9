import { describe, expect, test } from "vitest";
import { lakeFile } from "../../../lib/usage/lake-files.ts";

const DAY = "call_usage/dt=2026-04-10";

describe("a file of the lake counts", () => {
  test.each([
    [`${DAY}/part-0.parquet`, "call_usage", "2026-04-10"],
    [`${DAY}/without-ending`, "call_usage", "2026-04-10"],
    [`${DAY}/x.csv`, "call_usage", "2026-04-10"],
    [`${DAY}/part.parquet.crc`, "call_usage", "2026-04-10"],
    [`${DAY}/hour=11/x.parquet`, "call_usage", "2026-04-10"],
    [`${DAY}/a/b/c/x.parquet`, "call_usage", "2026-04-10"],
    [`${DAY}/dt=2026-04-11/x.parquet`, "call_usage", "2026-04-10"],
    ["agents/part-0.parquet", "agents", undefined],
    ["agents/2026/part-0.parquet", "agents", undefined],
    ["organizations/x", "organizations", undefined],
    ["resellers/x", "resellers", undefined],
  ])("%s", (key, table, day) => {
    expect(lakeFile(key, 1)).toEqual({ table, day });
  });
});

describe("a file of the lake does not count", () => {
  test.each([
    [`${DAY}/_part-1.parquet`],
    [`${DAY}/.part-1.parquet`],
    [`${DAY}/_temporary/0/part-0.parquet`],
    [`${DAY}/.staging/part-0.parquet`],
    [`${DAY}/hour=11/_part-0.parquet`],
    [`${DAY}/hour=11/`],
    [`${DAY}/`],
    [DAY],
    ["call_usage/part-0.parquet"],
    ["call_usage/dt=2026-04-31/part-0.parquet"],
    ["call_usage/dt=2026-04-10-11/part-0.parquet"],
    ["call_usage/dt=2026-4-10/part-0.parquet"],
    ["call_usage/DT=2026-04-10/part-0.parquet"],
    ["call_usage/_dt=2026-04-10/part-0.parquet"],
    ["call_usage/dt=2026-04-10 /part-0.parquet"],
    ["call_usage/2026-04-10/part-0.parquet"],
    ["call_usage/year=2026/dt=2026-04-10/part-0.parquet"],
    ["agents/_part-0.parquet"],
    ["agents"],
    ["other/part-0.parquet"],
    ["part-0.parquet"],
  ])("%s", (key) => {
    expect(lakeFile(key, 1)).toBeUndefined();
  });

  test("of 0 bytes", () => {
    expect(lakeFile(`${DAY}/part-0.parquet`, 0)).toBeUndefined();
  });
});
