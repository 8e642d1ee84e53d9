/** What the doctor finds in lakes that break their contract, each in one way. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { askEngine, checkLake } from "../../audit/doctor/check-lake.ts";
import { deployedLake } from "../../audit/doctor/deployed-lake.ts";
import { lineOf, paragraphOf } from "../../audit/doctor/finding.ts";
import { folderSource } from "../../audit/doctor/lake-source.ts";
import { DATABASE, SNAPSHOT_BUCKET, WORKGROUP } from "../../local/functions.ts";
import { day } from "../lib/valid.ts";
import { id } from "../local/fixture.ts";
import { CALL, DAY, type Values, without, writeDirectory, writeRows } from "../local/odd-lake.ts";
import { bucketOf, s3Client } from "../local/s3-client.ts";
import { engineOver, startOver } from "../local/test-stack.ts";

let folder: string;
let lakes = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doctor-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

type Make = (lake: string) => Promise<void>;

async function lakeOf(make: Make): Promise<string> {
  lakes += 1;
  const lake = join(folder, String(lakes));
  await writeDirectory(lake);
  await writeRows(lake, `${DAY}/sound.parquet`, [CALL]);
  await make(lake);
  return lake;
}

async function checked(make: Make, part: "quick" | "all" = "all") {
  const lake = await lakeOf(make);
  const engine = await engineOver(lake);
  try {
    return await checkLake(folderSource(lake), askEngine(engine), day("2020-01-01"), part);
  } finally {
    await engine.close();
  }
}

/** `level table kind subject: count unit on days, for example sample` */
async function found(make: Make): Promise<string[]> {
  const { findings } = await checked(make);
  return findings.map(({ level, table, kind, subject, count, unit, days, sample }) =>
    [level, table, kind, subject, count, unit, days.join("+"), sample]
      .filter((part) => part !== undefined && part !== "")
      .join(" "),
  );
}

const file =
  (key: string, ...rows: Values[]): Make =>
  (lake) =>
    writeRows(lake, key, rows);
const X = `${DAY}/x.parquet`;
const OTHER = { ...CALL, call_id: `'${id("2")}'` };
const record = (changes: Values): Make => file(X, { ...OTHER, ...changes });

/** A bucket of the local S3. */
const DEPLOYED = SNAPSHOT_BUCKET;

async function putFolder(directory: string, s3: ReturnType<typeof s3Client>): Promise<void> {
  const bucket = bucketOf(s3, DEPLOYED);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    await bucket.put(`v1/${relative(directory, path)}`, await readFile(path));
  }
}

describe("the doctor", () => {
  test("finds nothing in a lake that follows its contract", async () => {
    expect(await found(async () => undefined)).toEqual([]);
  });

  test.each<[string, Make, string[]]>([
    ["a call_id that is null", record({ call_id: "NULL::varchar" }), ["missing_call_id 1 records"]],
    [
      "ids in capitals",
      record({ call_id: "'CA110000-0000-4000-8000-00000000000A'" }),
      ["invalid_call_id 1 records"],
    ],
    ["a blank reseller", record({ reseller_id: "' '" }), ["invalid_reseller_id 1 records"]],
    ["no organization", record({ organization_id: "NULL::varchar" }), ["missing_organization_id 1 records"]],
    ["an invalid agent", record({ agent_id: "'Unassigned'" }), ["invalid_agent_id 1 records"]],
    [
      "a record of the future",
      record({ recorded_at: "TIMESTAMP '2999-01-01'" }),
      ["recorded_in_the_future 1 records"],
    ],
    [
      "a day of arrival, not of the call",
      record({ started_at: "TIMESTAMP_MS '2026-04-09 23:00:00'" }),
      ["dt_differs_from_started_at 1 calls"],
    ],
    ["calls without duration", record({ duration_seconds: "NULL::bigint" }), ["duration_missing 1 calls"]],
    [
      "a latest record that is broken",
      file(X, { ...CALL, reseller_id: "NULL::varchar", recorded_at: "TIMESTAMP_MS '2026-04-10 11:00:00'" }),
      ["missing_reseller_id 1 records", "latest_record_broken 1 calls"],
    ],
  ])("names %s by day and kind, with a sample", async (_, make, expected) => {
    const those = await found(make);
    expect(those.map((each) => each.replace(/ on.*| 2026-04-10.*/, ""))).toEqual(
      expected.map((each) => `error call_usage ${each}`),
    );
    for (const each of those) expect(each).toMatch(/ 2026-04-10 (call_id|recorded_at) \S+/);
  });

  test("names a call on two days, on both", async () => {
    const [both] = await found(
      file("call_usage/dt=2026-04-11/x.parquet", {
        ...CALL,
        started_at: "TIMESTAMP_MS '2026-04-11 09:00:00'",
      }),
    );
    expect(both).toBe(`error call_usage call_on_two_days 2 calls 2026-04-10+2026-04-11 call_id ${id("1")}`);
  });

  test.each<[string, Make, string[]]>([
    [
      "a file without a column",
      file(X, without(OTHER, "recorded_at")),
      [
        `error call_usage missing_column recorded_at 1 files 2026-04-10 ${X}`,
        `error call_usage missing_recorded_at 1 records 2026-04-10 call_id ${id("2")}`,
      ],
    ],
    [
      "a column of another name",
      file(X, { ...without(OTHER, "duration_seconds"), duration: "5" }),
      [
        `error call_usage missing_column duration_seconds 1 files 2026-04-10 ${X}`,
        `error call_usage duration_missing 1 calls 2026-04-10 call_id ${id("2")}`,
      ],
    ],
    [
      "a hidden file",
      file(`${DAY}/_x.parquet`, OTHER),
      [`warning call_usage hidden_file 1 files 2026-04-10 ${DAY}/_x.parquet`],
    ],
    [
      "a folder that is not a day",
      file("call_usage/dt=2026-04-31/x", OTHER),
      ["error call_usage folder_not_a_day dt=2026-04-31 1 files call_usage/dt=2026-04-31/x"],
    ],
    [
      "a file of no day",
      file("call_usage/x.parquet", OTHER),
      ["error call_usage folder_not_a_day call_usage itself 1 files call_usage/x.parquet"],
    ],
    [
      "a day before the lake's first one",
      file("call_usage/dt=2019-12-31/x", OTHER),
      ["warning call_usage day_not_projected 1 files 2019-12-31 call_usage/dt=2019-12-31/x"],
    ],
    [
      "an empty file",
      (lake) => writeFile(join(lake, X), ""),
      [`warning call_usage empty_file 1 files 2026-04-10 ${X}`],
    ],
    [
      "a day without a file between others",
      file("call_usage/dt=2026-04-12/x", { ...OTHER, started_at: "TIMESTAMP_MS '2026-04-12 09:00:00'" }),
      ["warning call_usage day_without_file 1 days 2026-04-11"],
    ],
    [
      "ids of the directory",
      file("agents/x.parquet", {
        agent_id: "'A'",
        organization_id: "'B'",
        reseller_id: "'C'",
        name: "'n'",
        external_id: "'e'",
        internal_id: "'i'",
      }),
      ["error agents invalid_id 1 rows"],
    ],
  ])("names %s", async (_, make, expected) => {
    expect(await found(make)).toEqual(expected);
  });

  test("ignores markers and checksums, which are hidden on purpose", async () => {
    expect(
      await found(async (lake) => {
        await writeFile(join(lake, DAY, "_SUCCESS"), "");
        await writeFile(join(lake, DAY, ".sound.parquet.crc"), "x");
      }),
    ).toEqual([]);
  });

  test("names each file with other types, and the month that cannot be counted because of it", async () => {
    const { findings, isUnusable } = await checked(async (lake) => {
      await writeRows(lake, X, [{ ...OTHER, started_at: "1775811600000::bigint" }]);
      await writeRows(lake, `${DAY}/y.parquet`, [{ ...OTHER, call_id: `${OTHER["call_id"]}::uuid` }]);
      await writeFile(join(lake, DAY, "z.parquet"), "hello world, this is not Parquet");
    });
    expect(isUnusable).toBe(false);
    expect(findings.map(({ kind, sample }) => `${kind} ${sample}`)).toEqual([
      `wrong_type ${X}`,
      `wrong_type ${DAY}/y.parquet`,
      `unreadable_file ${DAY}/z.parquet`,
      "month_not_checked undefined",
    ]);
    expect(findings[3]?.detail).toContain(X);
  });

  test("says that a lake cannot be used if no call or no directory can be read", async () => {
    const noCalls = await checked(async (lake) => {
      await writeFile(join(lake, `${DAY}/sound.parquet`), "hello world, this is not Parquet");
    });
    const noAgents = await checked((lake) => writeFile(join(lake, "agents/part-0.parquet"), ""));
    for (const { isUnusable, findings } of [noCalls, noAgents]) {
      expect(isUnusable).toBe(true);
      expect(findings[0]?.kind).toBe("no_readable_file");
    }
  });

  test("names a link", async () => {
    const key = "call_usage/dt=2026-04-11/x";
    const those = await found(async (directory) => {
      await mkdir(join(directory, "call_usage/dt=2026-04-11"));
      await symlink(join(directory, DAY, "sound.parquet"), join(directory, key));
    });
    expect(those[0]).toBe(`error call_usage link 1 files ${key}`);
  });

  test("checks only the records of the newest month with --quick", async () => {
    const broken = async (lake: string) => {
      await writeRows(lake, "call_usage/dt=2026-03-10/x", [{ ...OTHER, agent_id: "'x'" }]);
    };
    const kinds = async (part: "quick" | "all") =>
      (await checked(broken, part)).findings
        .map(({ kind }) => kind)
        .filter((kind) => kind !== "day_without_file");
    expect(await kinds("quick")).toEqual([]);
    expect(await kinds("all")).toEqual(["invalid_agent_id"]);
  });

  test("describes a finding in one line, or as a paragraph with its advice", async () => {
    const { findings } = await checked(async (lake) => {
      for (const name of ["1", "2"])
        await writeRows(lake, `${DAY}/${name}`, [{ ...OTHER, started_at: "5::bigint" }]);
    });
    const [first] = findings;
    if (first === undefined) throw new Error("nothing was found");
    expect(lineOf(first)).toBe(
      `call_usage: The column started_at is INT64 (INTEGER); expected timestamp. Reports that read it fail, or Athena reads something else (2 files on 2026-04-10, for example ${DAY}/1). Write the file again with that type; docs/lake.md has all of them.`,
    );
    expect(paragraphOf(first).split("\n")[0]).toBe("ERROR call_usage wrong_type started_at");
  });

  test("checks a deployed lake: its files in S3, its records through Athena", async () => {
    const lake = await lakeOf(async (directory) => {
      await writeRows(directory, X, [without({ ...OTHER, agent_id: "'Unassigned'" }, "recorded_at")]);
    });
    const engine = await engineOver(lake);
    const stack = await startOver(engine, join(folder, "objects"), {});
    const s3 = s3Client(stack.s3);
    try {
      await putFolder(lake, s3);
      for (const [name, value] of Object.entries({
        AWS_ENDPOINT_URL_ATHENA: stack.athena,
        AWS_ENDPOINT_URL_S3: stack.s3,
        AWS_ACCESS_KEY_ID: "key",
        AWS_SECRET_ACCESS_KEY: "secret",
      })) {
        vi.stubEnv(name, value);
      }
      const { source, ask } = deployedLake({
        location: `s3://${DEPLOYED}/v1/`,
        workgroup: WORKGROUP,
        database: DATABASE,
        region: "eu-central-1",
      });
      const { findings } = await checkLake(source, ask, day("2020-01-01"), "all");
      expect(findings.map(({ kind, sample }) => `${kind} ${sample}`)).toEqual([
        `missing_column ${X}`,
        `missing_recorded_at call_id ${id("2")}`,
      ]);
    } finally {
      s3.destroy();
      await stack[Symbol.asyncDispose]();
      await engine.close();
    }
  });
});
