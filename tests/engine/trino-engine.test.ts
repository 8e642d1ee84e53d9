import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, EngineError } from "../../local/engine/engine.ts";
import { trinoEngine } from "../../local/engine/trino.ts";
import type { Lake } from "../../local/lake/records.ts";
import { writeLake } from "../../local/lake/write.ts";
import { declareLake } from "../../local/trino/lakes.ts";
import { startTrino, type TrinoServer } from "../../local/trino/server.ts";
import { call, lakeOf } from "../small-lake.ts";

const NEVER = new AbortController().signal;
/** Ten days in April with 2,000 calls each. */
const LAKE = lakeOf(
  Array.from({ length: 20_000 }, (_, i) =>
    call({ call_id: `call-${i}`, started_at: new Date(Date.UTC(2026, 3, 1 + (i % 10), 9)) }),
  ),
);

let folder: string;
let trino: TrinoServer;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakes-"));
  trino = await startTrino();
  engine = await engineOver("april", LAKE);
}, 600_000);

afterAll(async () => {
  await trino.close();
  await rm(folder, { recursive: true });
});

async function engineOver(schema: string, lake: Lake): Promise<Engine> {
  const directory = join(folder, schema);
  await writeLake(directory, lake);
  await declareLake(trino, { schema, directory, earliestDate: "2020-01-01" });
  return trinoEngine({ url: trino.url, catalog: "hive", schema });
}

/** An SQL string literal. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function run(sql: string, ...parameters: string[]) {
  return engine.run(sql, parameters, NEVER);
}

describe("parameters", () => {
  test.for([
    "it's",
    "''",
    "back\\slash \\' \\n",
    "line\nbreak\r\n",
    "-- no comment",
    "/* nor this */",
    "?",
    "\u00e9 \u{1f600} \u4e2d",
    "",
  ])("the string %j arrives unchanged", async (text) => {
    const { rows } = await run(
      "SELECT x FROM (VALUES 1) AS t (n), (VALUES 'a') AS u (x) WHERE n = 1 AND ? = ?",
      quoted(text),
      quoted(text),
    );
    expect(rows).toEqual([["a"]]);
    const lengths = await run(
      "SELECT n FROM UNNEST(sequence(0, 20)) AS t (n) WHERE n = length(?)",
      quoted(text),
    );
    expect(lengths.rows).toEqual([[String(Array.from(text).length)]]);
  });

  test("are expressions: a date without quotes is arithmetic, as on Athena", async () => {
    const { rows } = await run(
      "SELECT n FROM UNNEST(sequence(2020, 2030)) AS t (n) WHERE n = ?",
      "2026 - 04 + 1",
    );
    expect(rows).toEqual([["2023"]]);
  });

  test("leaves quotes and placeholders in the text itself alone", async () => {
    const { rows } = await run(
      `SELECT 'it''s a ?' AS "a ? ""name""" FROM (VALUES 1) AS t (n) WHERE n = ?`,
      "1",
    );
    expect(rows).toEqual([["it's a ?"]]);
  });

  test("does not let a comment in one hide the next", async () => {
    const { rows } = await run("SELECT n FROM (VALUES 1, 2) AS t (n) WHERE n = ? AND n < ?", "1 -- one", "2");
    expect(rows).toEqual([["1"]]);
  });

  test.for([5_000, 10_000])("%i ids in one IN list work", async (count) => {
    const ids = Array.from({ length: count }, (_, i) => quoted(`call-${i * 2}`));
    const list = ids.map(() => "?").join(", ");
    const { rows } = await run(`SELECT count(*) AS n FROM call_usage WHERE call_id IN (${list})`, ...ids);
    expect(rows).toEqual([[String(count)]]);
  });

  test("10,000 ids of 40 characters in a nested query of 400 KB work", async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => quoted(`call-${i}`.padEnd(40, "x")));
    const list = ids.map(() => "?").join(", ");
    const { rows } = await run(
      `WITH wanted AS (SELECT call_id FROM call_usage WHERE dt = '2026-04-01' AND call_id IN (${list}))
       SELECT count(*) AS n FROM call_usage WHERE call_id IN (SELECT call_id FROM wanted)`,
      ...ids,
    );
    expect(rows).toEqual([["0"]]);
  });

  test("gives an error for too many or too few", async () => {
    await expect(run("SELECT 1 FROM (VALUES 1) AS t (n) WHERE n = ?", "1", "2")).rejects.toThrow(EngineError);
    await expect(run("SELECT 1 FROM (VALUES 1) AS t (n) WHERE n = ?")).rejects.toThrow(EngineError);
  });
});

describe("results", () => {
  test("are the text that Athena writes, with Athena's names of types", async () => {
    const { columns, rows } = await run(
      `SELECT 9223372036854775807 AS b, 1 AS i, true AS t, false AS f, CAST(1 AS double) AS d, 1e10 AS e,
         0.1e0 AS p, nan() AS n, CAST(1.50 AS decimal(10, 2)) AS m, DATE '2026-04-01' AS day,
         TIMESTAMP '2026-04-01 00:00:00' AS ts, TIMESTAMP '2026-04-01 01:02:03.456789' AS fine, 'x' AS v,
         CAST(NULL AS bigint) AS nothing, NULL AS untyped`,
    );
    expect(columns.map(({ type }) => type).join(" ")).toBe(
      "bigint integer boolean boolean double double double double decimal date timestamp timestamp varchar " +
        "bigint unknown",
    );
    expect(rows.map((row) => row.slice(0, 10).join(" "))).toEqual([
      "9223372036854775807 1 true false 1.0 1.0E10 0.1 NaN 1.50 2026-04-01",
    ]);
    expect(rows.map((row) => row.slice(10))).toEqual([
      ["2026-04-01 00:00:00.000", "2026-04-01 01:02:03.457", "x", null, null],
    ]);
  });

  test("of a type that Athena renders differently are an error", async () => {
    await expect(run("SELECT ARRAY[1, 2] AS list")).rejects.toThrow("list is of type array");
  });

  test("distinguish an empty string from null, and keep their columns without rows", async () => {
    expect((await run("SELECT '' AS a, NULL AS b")).rows).toEqual([["", null]]);
    const none = await run("SELECT call_id FROM call_usage WHERE dt = '2026-04-01' AND call_id = 'none'");
    expect(none).toMatchObject({ columns: [{ name: "call_id", type: "varchar" }], rows: [] });
  });

  test("of many pages arrive completely", async () => {
    const { rows } = await run("SELECT call_id, organization_id, started_at FROM call_usage");
    expect(new Set(rows.map(([id]) => id)).size).toBe(20_000);
    expect(rows).toHaveLength(20_000);
  });
});

describe("the lake", () => {
  test("is read with its declared types", async () => {
    const own = await engineOver(
      "types",
      lakeOf([call({ call_id: "c", agent_id: null, duration_seconds: null })]),
    );
    const { columns, rows } = await own.run("SELECT * FROM call_usage WHERE dt = '2026-04-10'", [], NEVER);
    expect(columns.map(({ name, type }) => `${name} ${type}`).join(", ")).toBe(
      "call_id varchar, reseller_id varchar, organization_id varchar, agent_id varchar, " +
        "started_at timestamp, duration_seconds bigint, recorded_at timestamp, dt varchar",
    );
    const [started, recorded] = ["2026-04-10 09:00:00.000", "2026-04-10 10:00:00.000"];
    expect(rows).toEqual([["c", "r1", "o1", null, started, null, recorded, "2026-04-10"]]);
    const { rows: agents } = await own.run("SELECT * FROM agents", [], NEVER);
    expect(agents).toEqual([["a1", "o1", "r1", "X-1", "A-1", "Ann"]]);
  });

  test("is read only for the requested days", async () => {
    const one = await run("SELECT sum(duration_seconds) FROM call_usage WHERE dt = ?", "'2026-04-03'");
    const all = await run(
      "SELECT sum(duration_seconds) FROM call_usage WHERE dt BETWEEN ? AND ?",
      "'2026-04-01'",
      "'2026-04-10'",
    );
    expect(one.rows).toEqual([[String(2_000 * 60)]]);
    expect(all.rows).toEqual([[String(20_000 * 60)]]);
    expect(one.dataScannedInBytes).toBeGreaterThan(0);
    expect(all.dataScannedInBytes).toBeCloseTo(10 * one.dataScannedInBytes, -4);
    const none = await run("SELECT sum(duration_seconds) FROM call_usage WHERE dt = '2026-05-01'");
    expect(none).toMatchObject({ rows: [[null]], dataScannedInBytes: 0 });
  });

  test("may lack days in between, and has none before its earliest", async () => {
    const calls = ["2019-12-31", "2026-04-01", "2026-04-05"].map((day) =>
      call({ call_id: day, started_at: new Date(`${day}T12:00:00Z`) }),
    );
    const own = await engineOver("gaps", lakeOf(calls));
    const { rows } = await own.run("SELECT dt, count(*) FROM call_usage GROUP BY dt ORDER BY dt", [], NEVER);
    expect(rows).toEqual([
      ["2026-04-01", "1"],
      ["2026-04-05", "1"],
    ]);
  });

  test("shows a day that arrives later", async () => {
    const own = await engineOver("later", lakeOf([call({ call_id: "first" })]));
    const april11 = call({ call_id: "second", started_at: new Date("2026-04-11T00:00:00Z") });
    await writeLake(join(folder, "later"), lakeOf([call({ call_id: "first" }), april11]));
    const { rows } = await own.run("SELECT call_id FROM call_usage ORDER BY 1", [], NEVER);
    expect(rows).toEqual([["first"], ["second"]]);
  });

  test("may be a link, and lie in a folder with an odd name", async () => {
    const directory = join(folder, "it's 100%41 #1?é");
    await writeLake(directory, lakeOf([call({ call_id: "linked" })]));
    const link = join(folder, "link");
    await symlink(directory, link);
    await declareLake(trino, { schema: "linked", directory: link, earliestDate: "2020-01-01" });
    const own = trinoEngine({ url: trino.url, catalog: "hive", schema: "linked" });
    const { rows } = await own.run("SELECT call_id FROM call_usage", [], NEVER);
    expect(rows).toEqual([["linked"]]);
  });

  test("is refused if it lacks a table, or contains a link", async () => {
    const directory = join(folder, "bad");
    await writeLake(directory, lakeOf([call({ call_id: "c" })]));
    await symlink(join(directory, "call_usage/dt=2026-04-10"), join(directory, "call_usage/dt=2026-04-11"));
    const lake = { schema: "bad", directory, earliestDate: "2020-01-01" };
    await expect(declareLake(trino, lake)).rejects.toThrow("dt=2026-04-11 is a link");
    await rm(join(directory, "agents"), { recursive: true });
    await rm(join(directory, "call_usage/dt=2026-04-11"));
    await expect(declareLake(trino, lake)).rejects.toThrow("needs the folder");
  });

  test("is not written to", async () => {
    await expect(run("INSERT INTO resellers VALUES ('r', 'i', 'n')")).rejects.toThrow("non-managed");
    const files = await readdir(join(folder, "april"), { recursive: true });
    expect(files.filter((file) => !/^(\w+|call_usage\/dt=[\d-]+)(\/part-0\.parquet)?$/.test(file))).toEqual(
      [],
    );
  });
});

/** The states of the statements that name a column like this. */
async function statesOf(alias: string): Promise<(string | null | undefined)[]> {
  const { rows } = await run(
    "SELECT state FROM system.runtime.queries WHERE query LIKE ? AND query NOT LIKE '%system.runtime%'",
    `'%AS ${alias} FROM%'`,
  );
  return rows.map(([state]) => state);
}

describe("errors and aborts", () => {
  test("a wrong statement is an EngineError with Trino's own message", async () => {
    const wrong = run("SELECT no_such_column FROM call_usage");
    await expect(wrong).rejects.toThrow(EngineError);
    await expect(wrong).rejects.toThrow("Column 'no_such_column' cannot be resolved");
    await expect(run("SELEC 1")).rejects.toThrow("mismatched input 'SELEC'");
    await expect(run("SELECT n / 0 FROM (VALUES 1) AS t (n)")).rejects.toThrow("Division by zero");
  });

  test("a server that cannot be reached is an EngineError", async () => {
    const nowhere = trinoEngine({ url: "http://127.0.0.1:1", catalog: "hive", schema: "april" });
    await expect(nowhere.run("SELECT 1", [], NEVER)).rejects.toThrow(EngineError);
  });

  test("an abort ends the query on the server", async () => {
    const abort = new AbortController();
    const forever = engine.run(
      "SELECT count(*) AS forever FROM call_usage a CROSS JOIN call_usage b CROSS JOIN call_usage c",
      [],
      abort.signal,
    );
    await expect.poll(() => statesOf("forever"), { timeout: 30_000 }).toEqual(["RUNNING"]);
    const reason = new Error("stopped by the caller");
    abort.abort(reason);
    await expect(forever).rejects.toBe(reason);
    await expect.poll(() => statesOf("forever"), { timeout: 30_000 }).toEqual(["FAILED"]);
    await expect(engine.run("SELECT 1", [], abort.signal)).rejects.toBe(reason);
  });
});

test("has both catalogs: the lake's rows can be merged into an Iceberg table", async () => {
  await run("CREATE SCHEMA iceberg.billing");
  await run("CREATE TABLE iceberg.billing.daily (dt varchar, seconds bigint)");
  const merge = `MERGE INTO iceberg.billing.daily t
    USING (SELECT dt, sum(duration_seconds) AS seconds FROM call_usage GROUP BY dt) s
    ON t.dt IS NOT DISTINCT FROM s.dt
    WHEN MATCHED THEN UPDATE SET seconds = s.seconds
    WHEN NOT MATCHED THEN INSERT VALUES (s.dt, s.seconds)`;
  await run(merge);
  await run(merge);
  const { rows } = await run("SELECT count(*), sum(seconds) FROM iceberg.billing.daily");
  expect(rows).toEqual([["10", String(20_000 * 60)]]);
});

test("cannot start a second server on the port", async () => {
  const port = Number(new URL(trino.url).port);
  await expect(startTrino({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
