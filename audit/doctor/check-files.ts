import { mapConcurrent } from "../../lib/map-concurrent.ts";
import { type Day, everyDay, type Period } from "../../lib/period.ts";
import { dayOfFolder, isHidden, LAKE_FOLDERS, type LakeTable, lakeFile } from "../../lib/usage/lake-files.ts";
import { readFileColumns } from "../../local/lake/file-columns.ts";
import type { Finding } from "./finding.ts";
import type { LakeEntry, LakeSource } from "./lake-source.ts";

/** What is known about a lake's files. */
export interface CheckedFiles {
  readonly findings: readonly Finding[];
  /** How many files of each table count and can be read. */
  readonly readable: ReadonlyMap<LakeTable, number>;
  /** Days with a file that counts, the oldest first. */
  readonly days: readonly Day[];
}

/** Files whose footers are read at once. */
const AT_ONCE = 16;

/**
 * Compares every file of a lake with the contract: the names of folders and files, and each file's types and columns.
 *
 * @param projection the days that exist, as the catalog has them
 */
export async function checkFiles(source: LakeSource, projection: Period): Promise<CheckedFiles> {
  const findings: Finding[] = [];
  const readable = new Map<LakeTable, number>(LAKE_FOLDERS.map((table) => [table, 0]));
  const days = new Set<Day>();
  async function* counting() {
    for await (const entry of source()) {
      const misplaced = checkName(entry, projection);
      if (misplaced !== undefined) findings.push(misplaced);
      else if (lakeFile(entry.key, entry.bytes) !== undefined) yield entry;
    }
  }
  for await (const { table, day, found } of mapConcurrent(counting(), checkColumns, AT_ONCE)) {
    findings.push(...found);
    const isReadable = !found.some(({ kind }) => kind === "unreadable_file" || kind === "wrong_type");
    if (isReadable) readable.set(table, (readable.get(table) ?? 0) + 1);
    if (day !== undefined) days.add(day);
  }
  const present = [...days].toSorted();
  return { findings: [...findings, ...daysWithout(present)], readable, days: present };
}

const RENAME_FOLDER =
  "Name the folder dt=YYYY-MM-DD, the UTC day of the calls' started_at, directly below call_usage.";

/** Why a file is not read because of its place or name; undefined if it is read. */
function checkName(entry: LakeEntry, { start, end }: Period): Finding | undefined {
  const { key, bytes, isLink } = entry;
  const [table = "", first = "", ...rest] = key.split("/");
  const names = rest.length === 0 ? [first] : [first, ...rest];
  const about = { table, days: [], count: 1, unit: "files", sample: key } as const;
  if (isLink) {
    return {
      ...about,
      level: "error",
      kind: "link",
      detail: "A file or folder is a link, which is not read",
      advice: "Put the file itself there.",
    };
  }
  const day = dayOfFolder(first);
  if (names.some(isHidden)) {
    // Markers such as _SUCCESS and checksums are ignored on purpose. Records are not.
    if (!key.endsWith(".parquet")) return undefined;
    return {
      ...about,
      days: day === undefined ? [] : [day],
      level: "warning",
      kind: "hidden_file",
      detail: "A Parquet file is not read, because its name or its folder's begins with _ or .",
      advice: "Rename it if its records should count.",
    };
  }
  if (bytes === 0) {
    return {
      ...about,
      days: day === undefined ? [] : [day],
      level: "warning",
      kind: "empty_file",
      detail: "A file of 0 bytes is not read. An interrupted write may have left it",
      advice: "Write it again, or delete it.",
    };
  }
  if (table !== "call_usage") return undefined;
  if (rest.length === 0 || day === undefined) {
    const folder = rest.length === 0 ? "call_usage itself" : first;
    return {
      ...about,
      level: "error",
      kind: "folder_not_a_day",
      subject: folder,
      detail: `The files in ${folder} are not read, because the folder is not a day`,
      advice: RENAME_FOLDER,
    };
  }
  if (day >= start && day <= end) return undefined;
  return {
    ...about,
    days: [day],
    level: "warning",
    kind: "day_not_projected",
    detail: `The files of days outside ${start} to ${end} are not read`,
    advice: `Days before ${start} need an earlier EARLIEST_DATE; the folders of days after tomorrow are wrong.`,
  };
}

async function checkColumns(entry: LakeEntry) {
  const { table = "call_usage", day } = lakeFile(entry.key, entry.bytes) ?? {};
  const { problems, missing, unknown } = await readFileColumns(table, await entry.open());
  const about = {
    level: "error",
    table,
    days: day === undefined ? [] : [day],
    count: 1,
    unit: "files",
    sample: entry.key,
  } as const;
  const found: Finding[] = problems.map(({ column, reason }) =>
    column === undefined
      ? {
          ...about,
          kind: "unreadable_file",
          detail: `The file ${reason}. Reports that read it fail`,
          advice: "Write it again, or delete it.",
        }
      : {
          ...about,
          kind: "wrong_type",
          subject: column,
          detail: `The column ${column} ${reason}. Reports that read it fail, or Athena reads something else`,
          advice: "Write the file again with that type; docs/lake.md has all of them.",
        },
  );
  const others = unknown.length === 0 ? "" : `. The file has ${unknown.join(", ")}, which nothing reads`;
  for (const column of missing) {
    found.push({
      ...about,
      kind: "missing_column",
      subject: column,
      detail: `The column ${column} is missing, so that it is null in every record.${others}`,
      advice: "Write the file again with all columns of docs/lake.md, under these names.",
    });
  }
  return { table, day, found };
}

/** Finds days without a file between days with one. A month with such a day is not closed. */
function daysWithout(days: readonly Day[]): Finding[] {
  const [start, end] = [days.at(0), days.at(-1)];
  if (start === undefined || end === undefined) return [];
  const present = new Set(days);
  const absent = everyDay({ start, end }).filter((day) => !present.has(day));
  if (absent.length === 0) return [];
  return [
    {
      level: "warning",
      table: "call_usage",
      kind: "day_without_file",
      days: absent,
      count: absent.length,
      unit: "days",
      detail: "Days between others have no file. Their month does not close",
      advice: "Deliver them. For a day without any call, write a file without rows.",
    },
  ];
}
