import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import { type Engine, EngineError } from "../../local/engine/engine.ts";
import { writeLake } from "../../local/lake/write.ts";
import { LAKE } from "./fixture.ts";

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "duckdb-"));
  await writeLake(join(folder, "lake"), LAKE);
  engine = await duckdbEngine(join(folder, "lake"));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

function run(sql: string, parameters: readonly string[] = []) {
  return engine.run(sql, parameters, new AbortController().signal);
}

describe("the DuckDB engine", () => {
  test("returns every value as the text that Athena writes, and null as null", async () => {
    const { columns, rows } = await run(
      `SELECT CAST(5 AS bigint) AS n, true AS b, NULL AS nothing, '' AS blank,
        TIMESTAMP '2026-04-01 00:00:00.5' AS t, chr(65279) || 'marked' AS bom, '🦷"' AS text`,
    );
    expect(rows).toEqual([["5", "true", null, "", "2026-04-01 00:00:00.500", "\ufeffmarked", '🦷"']]);
    expect(columns.slice(0, 2)).toEqual([
      { name: "n", type: "bigint" },
      { name: "b", type: "boolean" },
    ]);
  });

  test("replaces each ? with a parameter that is an SQL expression, and nothing else", async () => {
    const sql = `SELECT count(*) AS "?" FROM call_usage -- ? in a comment
      WHERE dt >= ? AND dt <> '?' /* ? */ AND agent_id IN (?, ?)`;
    const { rows } = await run(sql, ["'2026-04-01'", "'it''s ?'", "concat('a', 'b')"]);
    expect(rows).toEqual([["0"]]);
    expect((await run("SELECT 1 WHERE 2023 = ?", ["2025-01-01"])).rows).toEqual([["1"]]);
  });

  test.each([
    ["too few parameters", "SELECT 1 WHERE 1 = ?", []],
    ["too many parameters", "SELECT 1", ["1"]],
    ["wrong SQL", "SELECT nope", []],
  ])("refuses %s", async (_, sql, parameters) => {
    await expect(run(sql, parameters)).rejects.toThrow(EngineError);
  });

  test("counts the bytes that a statement reads, even during another one", async () => {
    const all = "SELECT count(DISTINCT call_id) FROM call_usage";
    const day = `${all} WHERE dt = '2026-04-20'`;
    const [whole, part, none] = await Promise.all([run(all), run(day), run("SELECT 1")]);
    expect(none?.dataScannedInBytes).toBe(0);
    expect(part?.dataScannedInBytes).toBeGreaterThan(0);
    expect(whole?.dataScannedInBytes).toBeGreaterThan(part?.dataScannedInBytes ?? 0);
  });

  test("compacts a table during reads and writes", async () => {
    await run(`CREATE TABLE IF NOT EXISTS compacted (dt string, reseller_id string, organization_id string,
      agent_id string, seconds bigint) PARTITIONED BY (truncate(7, dt)) LOCATION 's3://rollup/compacted/'
      TBLPROPERTIES ('table_type' = 'ICEBERG')`);
    const merge = (day: number) => `MERGE INTO compacted AS recorded
      USING (SELECT '2026-04-${10 + (day % 10)}' AS dt, call_id, 1 AS seconds FROM call_usage) AS changed
      ON recorded.dt = changed.dt AND recorded.agent_id = changed.call_id
      WHEN MATCHED THEN UPDATE SET seconds = recorded.seconds + 1
      WHEN NOT MATCHED THEN INSERT (dt, agent_id, seconds) VALUES (changed.dt, changed.call_id, 1)`;
    const repeated = async (times: number, ...statements: string[]) => {
      for (let round = 0; round < times; round++) {
        for (const statement of statements) await run(statement);
      }
    };
    await Promise.all([
      repeated(10, merge(0), merge(1), "OPTIMIZE compacted REWRITE DATA USING BIN_PACK"),
      repeated(200, "VACUUM compacted"),
      repeated(100, "SELECT 1"),
      repeated(50, "SELECT count(*) FROM compacted", "SELECT count(*) FROM call_usage"),
    ]);
    const { rows } = await run("SELECT sum(seconds) FROM compacted");
    expect(rows).toEqual([[String(20 * LAKE.call_usage.length)]]);
  });

  test("ends a statement when its signal aborts", async () => {
    const endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b";
    await expect(engine.run(endless, [], AbortSignal.timeout(200))).rejects.toThrow("aborted");
  });
});
