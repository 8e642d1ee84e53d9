import { describe, expect, test } from "vitest";
import { OPTIMIZE, VACUUM } from "../../lib/rollup/compaction.ts";
import { addBrokenRecordsColumn, clearDay, createTable, mergeDays } from "../../lib/rollup/statements.ts";
import { allResellers } from "../../lib/scope/all-resellers.ts";
import { icebergStatement } from "../../local/engine/iceberg-statement.ts";
import { day } from "../lib/valid.ts";

describe("the local engines understand the rollup's statements in Athena's spelling", () => {
  test("the table: its columns in their own types, and its partitions", () => {
    expect(icebergStatement(createTable("s3://rollup/usage_daily/").text)).toEqual({
      kind: "create",
      table: "usage_daily",
      columns: [
        ["dt", "varchar"],
        ["reseller_id", "varchar"],
        ["organization_id", "varchar"],
        ["agent_id", "varchar"],
        ["seconds", "bigint"],
        ["calls", "bigint"],
        ["source", "varchar"],
        ["broken_records", "varchar"],
      ],
      partitions: [
        ["truncate", "7", "dt"],
        ["bucket", "16", "reseller_id"],
      ],
    });
  });

  test("a column that an older table lacks", () => {
    expect(icebergStatement(addBrokenRecordsColumn().text)).toEqual({
      kind: "add column",
      table: "usage_daily",
      column: ["broken_records", "varchar"],
    });
  });

  test("compaction, merges and the clearing of a day", () => {
    expect([OPTIMIZE, VACUUM].map(({ text }) => icebergStatement(text)?.kind)).toEqual([
      "optimize",
      "vacuum",
    ]);
    const marked = { day: day("2026-04-01"), source: "s3://lake/ d" };
    expect(icebergStatement(mergeDays(allResellers(), [marked]).text)).toEqual({ kind: "write" });
    expect(icebergStatement(clearDay(allResellers(), marked.day).text)).toEqual({ kind: "write" });
  });

  test.each([
    "SELECT 1",
    "CREATE TABLE x (y string)",
    "VACUUM",
    "OPTIMIZE a; DROP TABLE b",
    "-- MERGE INTO x",
  ])("recognizes %j as none of them", (text) => {
    expect(icebergStatement(text)).toBeUndefined();
  });
});
