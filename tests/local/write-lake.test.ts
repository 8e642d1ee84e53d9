import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallRecord, Lake } from "../../local/lake/records.ts";
import { replaceDirectory, writeLake } from "../../local/lake/write.ts";

const EMPTY: Lake = { call_usage: [], resellers: [], organizations: [], agents: [] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "write-lake-"));
});
afterAll(() => rm(folder, { recursive: true }));

function call(overrides: Partial<CallRecord>): CallRecord {
  return {
    call_id: "00000000-0000-4000-8000-00000000000c",
    reseller_id: "00000000-0000-4000-8000-0000000000a1",
    organization_id: "00000000-0000-4000-8000-0000000000b1",
    agent_id: null,
    started_at: new Date("2026-04-01T00:00:00.000Z"),
    duration_seconds: 60n,
    recorded_at: new Date("2026-04-01T00:02:00.000Z"),
    dt: "2026-04-01",
    ...overrides,
  };
}

async function query(sql: string) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return {
      columns: result.columnNames().map((name, i) => [name, result.columnType(i).toString()]),
      rows: result.getRowsJS(),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test("an empty lake can be read: every table has its columns and no rows", async () => {
  const lake = join(folder, "empty");
  await writeLake(lake, EMPTY);
  const tables = ["call_usage/dt=*", "resellers", "organizations", "agents"];
  const read = await Promise.all(
    tables.map((table) =>
      query(`SELECT * FROM read_parquet('${lake}/${table}/*.parquet', hive_partitioning = false)`),
    ),
  );
  expect(read.map(({ rows }) => rows)).toEqual([[], [], [], []]);
  expect(read.map(({ columns }) => columns.map(([name, type]) => `${name} ${type}`).join(", "))).toEqual([
    "call_id VARCHAR, reseller_id VARCHAR, organization_id VARCHAR, agent_id VARCHAR, " +
      "started_at TIMESTAMP, duration_seconds BIGINT, recorded_at TIMESTAMP",
    "reseller_id VARCHAR, internal_id VARCHAR, name VARCHAR",
    "organization_id VARCHAR, internal_id VARCHAR, name VARCHAR, reseller_id VARCHAR",
    "agent_id VARCHAR, organization_id VARCHAR, reseller_id VARCHAR, external_id VARCHAR, internal_id VARCHAR, name VARCHAR",
  ]);
});

test("timestamps are whole milliseconds that no reader shifts by a time zone", async () => {
  const lake = join(folder, "timestamps");
  await writeLake(lake, { ...EMPTY, call_usage: [call({})] });
  const { rows } = await query(
    `SELECT type, converted_type, logical_type FROM parquet_schema('${lake}/call_usage/*/*.parquet')
     WHERE name IN ('started_at', 'recorded_at')`,
  );
  const millis = [
    "INT64",
    "TIMESTAMP_MILLIS",
    "TimestampType(isAdjustedToUTC=0, unit=TimeUnit(MILLIS=MilliSeconds(), MICROS=<null>, NANOS=<null>))",
  ];
  expect(rows).toEqual([millis, millis]);
});

test("every value is read back as it was written, at the limits of its type and of the day", async () => {
  const lake = join(folder, "values");
  const records = [
    call({ duration_seconds: null, started_at: new Date("2026-04-01T23:59:59.999Z") }),
    call({ duration_seconds: -1n, agent_id: "" }),
    call({ duration_seconds: 2n ** 63n - 1n, agent_id: 'quote " comma , \r\n 𝄞 \ufeff \u0000' }),
  ];
  await writeLake(lake, { ...EMPTY, call_usage: records });
  const { rows } = await query(
    `SELECT agent_id, duration_seconds, epoch_ms(started_at), dt::varchar
     FROM '${lake}/call_usage/*/*.parquet' ORDER BY duration_seconds NULLS FIRST`,
  );
  expect(rows).toEqual(
    records.map((r) => [r.agent_id, r.duration_seconds, BigInt(r.started_at.getTime()), r.dt]),
  );
});

test("a day's records are in as many files as requested, consecutive copies in different ones", async () => {
  const lake = join(folder, "files");
  const copies = [call({}), call({}), call({})];
  await writeLake(lake, { ...EMPTY, call_usage: copies }, { filesPerDay: 2, days: ["2026-04-02"] });
  const { rows } = await query(
    `SELECT replace(file_name, '${lake}/', ''), num_rows
     FROM parquet_file_metadata('${lake}/call_usage/*/*.parquet') ORDER BY 1`,
  );
  expect(rows).toEqual([
    ["call_usage/dt=2026-04-01/part-0.parquet", 2n],
    ["call_usage/dt=2026-04-01/part-1.parquet", 1n],
    ["call_usage/dt=2026-04-02/part-0.parquet", 0n],
    ["call_usage/dt=2026-04-02/part-1.parquet", 0n],
  ]);
});

test("a large day is sorted by reseller over several row groups, so that one reseller's share can be read alone", async () => {
  const lake = join(folder, "sorted");
  const records = Array.from({ length: 10_000 }, (_, i) =>
    call({ reseller_id: `r${i % 4}`, call_id: `c${i}` }),
  );
  await writeLake(lake, { ...EMPTY, call_usage: records });
  const { rows } = await query(
    `SELECT stats_min_value, stats_max_value FROM parquet_metadata('${lake}/call_usage/*/*.parquet')
     WHERE path_in_schema = 'reseller_id' ORDER BY row_group_id`,
  );
  expect(rows).toEqual([
    ["r0", "r0"],
    ["r0", "r1"],
    ["r1", "r2"],
    ["r2", "r3"],
    ["r3", "r3"],
  ]);
});

test("writing again replaces the lake as a whole", async () => {
  const lake = join(folder, "again");
  await writeLake(lake, { ...EMPTY, call_usage: [call({}), call({ dt: "2026-04-02" })] });
  await writeLake(lake, { ...EMPTY, call_usage: [call({})] });
  expect(await readdir(join(lake, "call_usage"))).toEqual(["dt=2026-04-01"]);
});

test("a failed write leaves the earlier lake unchanged and nothing beside it", async () => {
  const parent = join(folder, "failing");
  const lake = join(parent, "lake");
  await writeLake(lake, { ...EMPTY, call_usage: [call({})] });
  const bad = call({ duration_seconds: 2n ** 64n, dt: "2026-04-02" });
  await expect(writeLake(lake, { ...EMPTY, call_usage: [call({}), bad] })).rejects.toThrow(
    "out of int64 range",
  );
  expect(await readdir(parent)).toEqual(["lake"]);
  expect(await readdir(join(lake, "call_usage"))).toEqual(["dt=2026-04-01"]);
});

test("replaces a directory while others do the same, and leaves nothing else behind", async () => {
  const parent = join(folder, "replaced");
  for (let round = 0; round < 100; round++) {
    const names = ["a", "b", "c"];
    for (const name of names) {
      await mkdir(join(parent, name), { recursive: true });
      await writeFile(join(parent, name, "content"), name);
    }
    await Promise.all(names.map((name) => replaceDirectory(join(parent, "target"), join(parent, name))));
    expect(await readdir(parent)).toEqual(["target"]);
    expect(names).toContain(await readFile(join(parent, "target", "content"), "utf8"));
  }
});
