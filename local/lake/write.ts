import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { writeParquet } from "./parquet.ts";
import type { Lake, RawCallRecord } from "./records.ts";
import { agents, callUsage, organizations, resellers, type Table } from "./tables.ts";

export interface WriteLakeOptions {
  /**
   * Files of each day (1). A day's records are distributed in turn, so that consecutive copies of a call in
   * `call_usage` are in different files.
   */
  readonly filesPerDay?: number;
  /** Rows of a row group (2,048, DuckDB's minimum; a file of less than two groups has one). */
  readonly rowGroupSize?: number;
  /** Days (`YYYY-MM-DD`) that get a folder, with an empty file if they have no call. */
  readonly days?: readonly string[];
}

/** The day of the one empty file of a lake without calls: before the earliest date of any report. */
const DAY_OF_EMPTY_LAKE = "1970-01-01";

/**
 * Writes a lake as Parquet: `call_usage/dt=YYYY-MM-DD/*.parquet` and one file each under `resellers/`,
 * `organizations/`, `agents/`. Every table can be read with all its columns, even without rows.
 *
 * The folder appears complete or not at all: everything is written beside it and renamed at the end, so that a killed
 * run leaves nothing half-written under its name. An existing folder is replaced.
 */
export async function writeLake(
  directory: string,
  lake: Lake<RawCallRecord>,
  options: WriteLakeOptions = {},
): Promise<void> {
  const target = resolve(directory);
  const partial = `${target}.partial-${randomUUID()}`;
  try {
    await writeTables(partial, lake, options);
    await replaceDirectory(target, partial);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

type Write = (connection: DuckDBConnection) => Promise<void>;

async function writeTables(
  directory: string,
  lake: Lake<RawCallRecord>,
  options: WriteLakeOptions,
): Promise<void> {
  const { filesPerDay = 1, rowGroupSize = 2048, days = [] } = options;
  const file = <Row>(table: Table<Row>, rows: readonly Row[], folder: string, part = 0): Write => {
    return async (connection) => {
      await mkdir(join(directory, folder), { recursive: true });
      await writeParquet(
        connection,
        table,
        rows,
        join(directory, folder, `part-${part}.parquet`),
        rowGroupSize,
      );
    };
  };
  await inTurns([
    file(resellers, lake.resellers, "resellers"),
    file(organizations, lake.organizations, "organizations"),
    file(agents, lake.agents, "agents"),
    ...[...recordsByDay(lake.call_usage, days)].flatMap(([day, records]) =>
      deal(records, filesPerDay).map((rows, part) => file(callUsage, rows, `call_usage/dt=${day}`, part)),
    ),
  ]);
}

/** Writes two files at a time: while DuckDB compresses one file, the rows of the next are passed on. */
async function inTurns(writes: readonly Write[]): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const left = writes.values();
  const work = async () => {
    const connection = await instance.connect();
    try {
      for (const write of left) await write(connection);
    } finally {
      connection.closeSync();
    }
  };
  // Waits for both even if one fails. Otherwise the other would go on writing after this has thrown.
  const outcomes = await Promise.allSettled([work(), work()]);
  instance.closeSync();
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

function recordsByDay(
  records: readonly RawCallRecord[],
  days: readonly string[],
): Map<string, RawCallRecord[]> {
  const byDay = new Map<string, RawCallRecord[]>(days.map((day) => [day, []]));
  for (const record of records) {
    const day = byDay.get(record.dt);
    if (day === undefined) byDay.set(record.dt, [record]);
    else day.push(record);
  }
  if (byDay.size === 0) byDay.set(DAY_OF_EMPTY_LAKE, []);
  return byDay;
}

/** Distributes rows in turn: row 0 to part 0, row 1 to part 1 … */
function deal<Row>(rows: readonly Row[], parts: number): Row[][] {
  return Array.from({ length: parts }, (_, part) => rows.filter((_row, index) => index % parts === part));
}

/**
 * Moves the directory `replacement` to `target`. What was there is deleted only afterwards. Where several processes do this
 * at the same time, each of them succeeds and the last one's directory remains.
 */
export async function replaceDirectory(target: string, replacement: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const replaced: string[] = [];
  while (!(await renamed(replacement, target, ["ENOTEMPTY", "EEXIST"]))) {
    const aside = `${target}.replaced-${randomUUID()}`;
    if (await renamed(target, aside, ["ENOENT"])) replaced.push(aside);
  }
  await Promise.all(replaced.map((directory) => rm(directory, { recursive: true })));
}

/** Returns false if the rename failed with one of `expected`. */
async function renamed(from: string, to: string, expected: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && expected.some((code) => code === error.code))
      return false;
    throw error;
  }
}
