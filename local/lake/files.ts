import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { addDays, type Day, dayOf, type Period } from "../../lib/period.ts";
import { dayOfFolder, isHidden, LAKE_FOLDERS, type LakeTable, lakeFile } from "../../lib/usage/lake-files.ts";
import { hasCode } from "../command.ts";
import { LakeError } from "../engine/lake-tables.ts";

/** A file of a lake folder whose records count. */
export interface LocalFile {
  readonly table: LakeTable;
  /** Undefined for a table without days. */
  readonly day: Day | undefined;
  /** Below the lake's folder, with slashes: `call_usage/dt=2026-04-01/part-0.parquet`. */
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  /** Changes if the file is replaced or written again. */
  readonly version: string;
}

/** The days of the catalog's partition projection: from the lake's first one to tomorrow. */
export function projectionFrom(earliestDate: Day): Period {
  return { start: earliestDate, end: addDays(dayOf(Date.now()), 1) };
}

/**
 * Lists the days that have a folder, the oldest first, within the projection.
 *
 * @throws LakeError if there is no folder `call_usage`
 */
export async function listDays(directory: string, { start, end }: Period): Promise<Day[]> {
  const names = await namesIn(join(directory, "call_usage"));
  const days = names.flatMap((name) => dayOfFolder(name) ?? []);
  return days.filter((day) => day >= start && day <= end).toSorted();
}

/** Returns the first and the last day with a file, within the projection; undefined if no day has one. */
export async function extentOfDays(directory: string, projection: Period): Promise<Period | undefined> {
  const days = await listDays(directory, projection);
  const hasFiles = async (day: Day) => (await listDay(directory, day)).length > 0;
  const start = await firstThat(days, hasFiles);
  const end = await firstThat(days.toReversed(), hasFiles);
  return start === undefined || end === undefined ? undefined : { start, end };
}

async function firstThat(
  days: readonly Day[],
  holds: (day: Day) => Promise<boolean>,
): Promise<Day | undefined> {
  for (const day of days) if (await holds(day)) return day;
  return undefined;
}

/** Lists the files of one day that count. A day without a folder has none. */
export async function listDay(directory: string, day: Day): Promise<LocalFile[]> {
  return filesBelow(directory, join(directory, "call_usage", `dt=${day}`));
}

/**
 * Lists the files of a table without days.
 *
 * @throws LakeError if there is no folder of that name
 */
export async function listTable(
  directory: string,
  table: Exclude<LakeTable, "call_usage">,
): Promise<LocalFile[]> {
  await namesIn(join(directory, table));
  return filesBelow(directory, join(directory, table));
}

/** @throws LakeError if the folder does not exist, or lacks the folder of a table */
export async function requireLake(directory: string): Promise<void> {
  await readdir(directory).catch((error: unknown) => {
    throw new LakeError(`There is no folder ${directory}.`, { cause: error });
  });
  for (const table of LAKE_FOLDERS) await namesIn(join(directory, table));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    throw new LakeError(`The lake needs the folder ${folder}.`, { cause: error });
  });
}

/** @throws LakeError for a link: S3 has no links, and the engines treat them differently */
async function filesBelow(directory: string, folder: string): Promise<LocalFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return [];
    throw error;
  });
  const files: LocalFile[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (isHidden(entry.name)) continue;
    if (entry.isSymbolicLink()) {
      throw new LakeError(`${path} is a link. Put the file itself there: links in a lake are not read.`);
    }
    if (entry.isDirectory()) files.push(...(await filesBelow(directory, path)));
    if (entry.isFile()) files.push(...(await describe(directory, path)));
  }
  return files;
}

async function describe(directory: string, path: string): Promise<LocalFile[]> {
  const { size, mtimeNs, ino } = await stat(path, { bigint: true });
  const key = relative(directory, path).split(sep).join("/");
  const bytes = Number(size);
  const counts = lakeFile(key, bytes);
  return counts === undefined ? [] : [{ ...counts, key, path, bytes, version: `${size} ${mtimeNs} ${ino}` }];
}
