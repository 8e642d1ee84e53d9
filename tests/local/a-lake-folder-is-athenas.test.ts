/**
 * What a statement reads of a lake folder on DuckDB and on Trino: which files, of which days, and their values. If
 * both engines read a file, the answers are equal. If Trino would silently misread it, DuckDB refuses it.
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Engine, EngineError } from "../../local/engine/engine.ts";
import { CALL, DAY, replaceBytes, type Values, without, writeDirectory, writeRows } from "./odd-lake.ts";
import { engineOver } from "./test-stack.ts";

let folder: string;
let lakes = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "odd-lakes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const NEVER = new AbortController().signal;
const isTrino = inject("trino") !== undefined;

/** The text of an error on DuckDB; Trino has its own. */
const onDuckdb = (text: string) => (isTrino ? "" : text);

/** Makes a lake, and queries it. */
async function asked(make: (lake: string) => Promise<void>, sql: string, below = "") {
  lakes += 1;
  const lake = join(folder, String(lakes), below, "lake");
  await writeDirectory(lake);
  await make(lake);
  return withEngine(lake, async (engine) => (await engine.run(sql, [], NEVER)).rows);
}

async function withEngine<T>(lake: string, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await engineOver(lake);
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

const named = (name: string): Values => ({ ...CALL, call_id: `'${name}'` });
const IDS = "SELECT dt, call_id FROM call_usage ORDER BY dt, call_id";

describe("files and folders", () => {
  const FILES = [
    `${DAY}/part-0.parquet`,
    `${DAY}/without-ending`,
    `${DAY}/x.csv`,
    `${DAY}/hour=11/x.parquet`,
    `${DAY}/a.parquet/b.parquet`,
    `${DAY}/$x.parquet`,
    "call_usage/dt=2026-04-11/hour=00/minute=01/x.parquet",
  ];
  const IGNORED = [
    `${DAY}/_part-1.parquet`,
    `${DAY}/.part-2.parquet`,
    `${DAY}/_temporary/0/part-0.parquet`,
    `${DAY}/.staging/part-0.parquet`,
    `${DAY}/hour=11/_part-0.parquet`,
    "call_usage/dt=2026-04-31/part-0.parquet",
    "call_usage/dt=2026-04-10-11/part-0.parquet",
    "call_usage/dt=2026-4-12/part-0.parquet",
    "call_usage/DT=2026-04-12/part-0.parquet",
    "call_usage/dt=2019-12-31/part-0.parquet",
    "call_usage/dt=2099-01-01/part-0.parquet",
    "call_usage/_dt=2026-04-12/part-0.parquet",
    "call_usage/part-0.parquet",
  ];
  const write = async (lake: string) => {
    for (const key of [...FILES, ...IGNORED]) await writeRows(lake, key, [named(key)]);
    await writeFile(join(lake, DAY, "empty.parquet"), "");
    await writeFile(join(lake, DAY, "_SUCCESS"), "");
  };
  const expected = FILES.map((key) => [key.slice(14, 24), key]).toSorted(([, a = ""], [, b = ""]) =>
    a < b ? -1 : 1,
  );

  test("count as in Athena: nested ones do; hidden and empty ones and those without a day do not", async () => {
    expect(await asked(write, IDS)).toEqual(expected);
  });

  test.each(["dt=2026-04-10", "reseller_id=x", "call_usage/dt=2026-04-11", "it's 100%41 [a]*?#é"])(
    "count alike below a folder named %s",
    async (below) => {
      expect(await asked(write, IDS, below)).toEqual(expected);
    },
  );

  test("of the directory count at any depth, and not if hidden", async () => {
    const row = { reseller_id: "'r'", internal_id: "'i'", name: "'n'" };
    const rows = await asked(async (lake) => {
      await writeRows(lake, "resellers/2026/04/x", [{ ...row, name: "'nested'" }]);
      await writeRows(lake, "resellers/_old.parquet", [{ ...row, name: "'hidden'" }]);
    }, "SELECT name FROM resellers ORDER BY name");
    expect(rows.flat()).toEqual(["Northwind Voice", "Southern Cross", "nested"]);
  });

  test("that are links are refused, because engines treat them differently", async () => {
    const linked = asked(async (lake) => {
      await writeRows(lake, `${DAY}/x.parquet`, [CALL]);
      await mkdir(join(lake, "call_usage/dt=2026-04-11"));
      await symlink(join(lake, DAY, "x.parquet"), join(lake, "call_usage/dt=2026-04-11/y.parquet"));
    }, IDS);
    await expect(linked).rejects.toThrow("is a link");
  });
});

describe("values", () => {
  const read = (row: Values, options?: string) =>
    asked(
      (lake) => writeRows(lake, `${DAY}/x.parquet`, [row], options),
      `SELECT call_id, agent_id, duration_seconds, recorded_at FROM call_usage WHERE dt = '2026-04-10'`,
    ).then(([first]) => first);
  const [ID, AGENT] = [CALL["call_id"], CALL["agent_id"]].map((text) => text?.slice(1, -1));
  const plain = [ID, AGENT, "1000", "2026-04-10 10:00:00.000"];

  test.each([
    ["TIMESTAMP '2026-04-10 10:00:00.0004'", "10:00:00.000"],
    ["TIMESTAMP '2026-04-10 10:00:00.000499'", "10:00:00.000"],
    ["TIMESTAMP '2026-04-10 10:00:00.0005'", "10:00:00.001"],
    ["TIMESTAMP '2026-04-10 10:00:00.0015'", "10:00:00.002"],
    ["TIMESTAMP_NS '2026-04-10 10:00:00.000499999'", "10:00:00.000"],
    ["TIMESTAMP_NS '2026-04-10 10:00:00.0005'", "10:00:00.001"],
    ["TIMESTAMP_NS '2026-04-10 10:00:00.001499999'", "10:00:00.001"],
    ["TIMESTAMPTZ '2026-04-10 10:00:00.0006+00'", "10:00:00.001"],
    ["TIMESTAMP_S '2026-04-10 10:00:00'", "10:00:00.000"],
  ])("of timestamps are rounded to milliseconds: %s", async (recorded_at, time) => {
    expect(await read({ ...CALL, recorded_at })).toEqual([...plain.slice(0, 3), `2026-04-10 ${time}`]);
  });

  test("0.3 ms apart are the same instant, so that the other columns decide", async () => {
    const rows = await asked(
      (lake) =>
        writeRows(lake, `${DAY}/x.parquet`, [
          { ...CALL, recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0001'" },
          { ...CALL, recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0004'", duration_seconds: "999::bigint" },
        ]),
      "SELECT DISTINCT recorded_at FROM call_usage",
    );
    expect(rows).toEqual([["2026-04-10 10:00:00.000"]]);
  });

  test.each([
    ["a small number", { ...CALL, duration_seconds: "CAST(1000 AS integer)" }, plain],
    [
      "a smaller number",
      { ...CALL, duration_seconds: "CAST(100 AS utinyint)" },
      [ID, AGENT, "100", plain[3]],
    ],
    ["a decimal without decimals", { ...CALL, duration_seconds: "CAST(1000 AS decimal(18, 0))" }, plain],
    ["bytes that are text", { ...CALL, call_id: `encode(${CALL["call_id"]})` }, plain],
    ["nulls alone", { ...CALL, agent_id: "NULL", duration_seconds: "NULL" }, [ID, null, null, plain[3]]],
    ["a missing column", without(CALL, "agent_id", "recorded_at"), [ID, null, "1000", null]],
    ["another column", { ...without(CALL, "duration_seconds"), duration: "5" }, [ID, AGENT, null, plain[3]]],
    ["a column too many", { ...CALL, dt: "'2026-04-30'", filename: "'x'" }, plain],
    ["names in capitals", { ...without(CALL, "agent_id"), AGENT_ID: `'${AGENT}'` }, plain],
  ])("of %s are read", async (_, row, expected) => {
    expect(await read(row)).toEqual(expected);
  });

  test("of files that differ in types and columns are read together", async () => {
    const rows = await asked(async (lake) => {
      await writeRows(lake, `${DAY}/1`, [CALL]);
      await writeRows(lake, `${DAY}/2`, [without({ ...CALL, duration_seconds: "2::integer" }, "agent_id")]);
      await writeRows(lake, `${DAY}/3`, [{ ...CALL, recorded_at: "TIMESTAMP '2026-04-10 10:00:00.0005'" }]);
      await writeRows(lake, "call_usage/dt=2026-04-11/4", [
        { ...CALL, duration_seconds: "4::bigint", extra: "1" },
      ]);
    }, "SELECT dt, sum(duration_seconds), count(agent_id), count(*) FROM call_usage GROUP BY dt ORDER BY dt");
    expect(rows).toEqual([
      ["2026-04-10", "2002", "2", "3"],
      ["2026-04-11", "4", "1", "1"],
    ]);
  });

  test.each(["uncompressed", "snappy", "gzip", "zstd"])("compressed with %s are read", async (codec) => {
    expect(await read(CALL, `, COMPRESSION ${codec}`)).toEqual(plain);
  });

  test("that are not UTF-8 are replaced, in one file of many and in the directory", async () => {
    const rows = await asked(async (lake) => {
      const path = join(lake, DAY, "2.parquet");
      await writeRows(lake, `${DAY}/1.parquet`, [CALL]);
      await writeRows(
        lake,
        `${DAY}/2.parquet`,
        [{ ...CALL, agent_id: "'Zo-XYZ'" }],
        ", COMPRESSION uncompressed",
      );
      await replaceBytes(path, "Zo-XYZ", [0x5a, 0x6f, 0x2d, 0xff, 0xe2, 0x82]);
    }, "SELECT agent_id, dt, duration_seconds FROM call_usage ORDER BY 1");
    expect(rows).toEqual([
      [AGENT, "2026-04-10", "1000"],
      ["Zo-\ufffd\ufffd", "2026-04-10", "1000"],
    ]);
  });
});

describe("a file of another type is refused with its name, column and reason", () => {
  test.each([
    ["started_at", "CAST(1775811600000 AS bigint)", "is INT64 (INTEGER); expected timestamp"],
    ["started_at", "DATE '2026-04-10'", "is INT32 (DATE); expected timestamp"],
    ["recorded_at", "'2026-04-10 10:00:00'", "is BYTE_ARRAY (STRING); expected timestamp"],
    ["recorded_at", "1.5::double", "is DOUBLE without an annotation; expected timestamp"],
    ["duration_seconds", "1000.0::double", "is DOUBLE without an annotation; expected bigint"],
    ["duration_seconds", "1000.0::float", "is FLOAT without an annotation; expected bigint"],
    ["duration_seconds", "'1000'", "is BYTE_ARRAY (STRING); expected bigint"],
    ["duration_seconds", "CAST(1000.5 AS decimal(10, 1))", "(DECIMAL with 1 decimals); expected bigint"],
    ["duration_seconds", "true", "is BOOLEAN without an annotation; expected bigint"],
    ["agent_id", "['x']", "is nested; expected varchar"],
    ["agent_id", "{'x': 'y'}", "is nested; expected varchar"],
  ])("%s as %s", async (column, value, reason) => {
    const refused = asked(
      (lake) => writeRows(lake, `${DAY}/x.parquet`, [{ ...CALL, [column]: value }]),
      "SELECT * FROM call_usage WHERE dt = '2026-04-10'",
    );
    await expect(refused).rejects.toThrow(EngineError);
    if (isTrino) return;
    await expect(refused).rejects.toThrow(`HIVE_BAD_DATA: ${DAY}/x.parquet: column ${column} `);
    await expect(refused).rejects.toThrow(`${reason}.`);
  });

  test.each([
    ["call_id", `${CALL["call_id"]}::uuid`, "is FIXED_LEN_BYTE_ARRAY (UUID); expected varchar"],
    ["call_id", "7", "is INT32 (INTEGER); expected varchar"],
    ["duration_seconds", "1000::uinteger", "is INT32 (UNSIGNED); expected bigint"],
    ["duration_seconds", "1000::ubigint", "is INT64 (UNSIGNED); expected bigint"],
    ["duration_seconds", "TIMESTAMP_MS '2026-04-10 10:00:00'", "is INT64 (TIMESTAMP); expected bigint"],
  ])("%s as %s, which Trino would read as something else", async (column, value, reason) => {
    if (isTrino) return;
    const refused = asked(
      (lake) => writeRows(lake, `${DAY}/x.parquet`, [{ ...CALL, [column]: value }]),
      "SELECT * FROM call_usage WHERE dt = '2026-04-10'",
    );
    await expect(refused).rejects.toThrow(`HIVE_BAD_DATA: ${DAY}/x.parquet: column ${column} ${reason}.`);
  });

  test.each(["brotli", "lz4_raw"])("compressed with %s", async (codec) => {
    const refused = asked(
      (lake) => writeRows(lake, `${DAY}/x.parquet`, [CALL], `, COMPRESSION ${codec}`),
      "SELECT * FROM call_usage WHERE dt = '2026-04-10'",
    );
    await expect(refused).rejects.toThrow(EngineError);
    await expect(refused).rejects.toThrow(onDuckdb(`is compressed with ${codec.toUpperCase()}; use SNAPPY`));
  });
});

describe("a file that cannot be read", () => {
  const BAD = "call_usage/dt=2026-04-11/bad.parquet";
  const damages: [string, (lake: string) => Promise<void>][] = [
    ["is not Parquet", (lake) => put(lake, "hello world, this is not Parquet")],
    ["is too short", (lake) => put(lake, "PAR1")],
    ["is cut off", async (lake) => cut(lake, 20)],
    ["has another type", (lake) => writeRows(lake, BAD, [{ ...CALL, started_at: "1775811600000::bigint" }])],
    ["has damaged pages", (lake) => damagePages(lake)],
  ];

  async function put(lake: string, content: string | Buffer) {
    await mkdir(dirname(join(lake, BAD)), { recursive: true });
    await writeFile(join(lake, BAD), content);
  }

  async function written(lake: string): Promise<Buffer> {
    await writeRows(
      lake,
      BAD,
      Array.from({ length: 200 }, (_, i) => named(`call-${i}`)),
      ", COMPRESSION snappy",
    );
    return readFile(join(lake, BAD));
  }

  async function cut(lake: string, bytes: number) {
    await put(lake, (await written(lake)).subarray(0, -bytes));
  }

  async function damagePages(lake: string) {
    const content = await written(lake);
    content.fill(0xff, 4, 200);
    await put(lake, content);
  }

  test.each(damages)("stops only the statements of its own day if it %s, and is named", async (_, damage) => {
    lakes += 1;
    const lake = join(folder, String(lakes), "lake");
    await writeDirectory(lake);
    for (const day of ["2026-04-10", "2026-04-12"]) {
      await writeRows(lake, `call_usage/dt=${day}/x.parquet`, [CALL]);
    }
    await damage(lake);
    await withEngine(lake, async (engine) => {
      const sum = async (where: string) =>
        (
          await engine.run(
            `SELECT sum(duration_seconds), max(call_id), max(started_at) FROM call_usage WHERE ${where}`,
            [],
            NEVER,
          )
        ).rows[0]?.[0];
      expect(await sum("dt = '2026-04-10'")).toBe("1000");
      expect(await sum("dt >= '2026-04-12'")).toBe("1000");
      expect(
        await sum("dt >= '2026-04-10' AND dt <= '2026-04-12' AND (dt < '2026-04-11' OR dt > '2026-04-11')"),
      ).toBe("2000");
      for (const where of ["dt = '2026-04-11'", "dt >= '2026-04-01'", "TRUE"]) {
        await expect(sum(where)).rejects.toThrow(EngineError);
        await expect(sum(where)).rejects.toThrow(onDuckdb(BAD));
      }
      await rm(join(lake, BAD));
      expect(await sum("TRUE")).toBe("2000");
    });
  });

  test("is noticed if it arrives later, and if it is replaced", async () => {
    lakes += 1;
    const lake = join(folder, String(lakes), "lake");
    await writeDirectory(lake);
    await writeRows(lake, `${DAY}/x.parquet`, [CALL]);
    await withEngine(lake, async (engine) => {
      const sum = async () =>
        (await engine.run("SELECT sum(duration_seconds) FROM call_usage", [], NEVER)).rows;
      expect(await sum()).toEqual([["1000"]]);
      await writeRows(lake, BAD, [{ ...CALL, duration_seconds: "1.5::double" }]);
      await expect(sum()).rejects.toThrow(EngineError);
      await writeRows(lake, BAD, [CALL]);
      expect(await sum()).toEqual([["2000"]]);
    });
  });
});
