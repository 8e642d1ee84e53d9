import { type Day, isDay } from "../period.ts";

/** The tables of the lake. Each has a folder of its name; `call_usage` has a folder `dt=YYYY-MM-DD` for each day. */
export const LAKE_FOLDERS = ["call_usage", "resellers", "organizations", "agents"] as const;

export type LakeTable = (typeof LAKE_FOLDERS)[number];

/** What the key of a file says, if its records count. */
export interface LakeFile {
  readonly table: LakeTable;
  /** Undefined for a table without days. */
  readonly day: Day | undefined;
}

/**
 * Determines whether the records of a file count, and for which table and day. This is the only place with the rule:
 * the rollup's listing, DuckDB's views and the checks of a lake use it. Athena and Trino have it built in.
 *
 * - Files in folders below a table or a day count, at any depth. Athena "reads all data stored in the folder":
 *   https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html.
 *   Trino does so only if `hive.recursive-directories` is set, as in the local Trino.
 * - Names that begin with `_` or `.` do not count: "Athena treats source files that start with an underscore or a dot
 *   as hidden":
 *   https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html.
 *   Trino 476 applies this to folders too (tried).
 * - The extension of a name does not matter. A file of 0 bytes contains no record; Trino 476 skips it (tried).
 * - A day's folder is exactly `dt=` and a calendar day, because partition projection builds the name from the day:
 *   https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html. `dt=2026-04-31` is never read.
 *
 * @param key below the lake's prefix or folder, such as `call_usage/dt=2026-04-01/part-0.parquet`
 * @returns undefined for a file that does not count
 */
export function lakeFile(key: string, bytes: number): LakeFile | undefined {
  const [folder, ...names] = key.split("/");
  const table = LAKE_FOLDERS.find((name) => name === folder);
  if (table === undefined || bytes === 0) return undefined;
  const day = table === "call_usage" ? dayOfFolder(names.shift()) : undefined;
  if (table === "call_usage" && day === undefined) return undefined;
  if (names.length === 0 || names.some(isHidden)) return undefined;
  return { table, day };
}

/** Parses the day of a folder named `dt=YYYY-MM-DD`; undefined for any other name. */
export function dayOfFolder(name: string | undefined): Day | undefined {
  const text = name?.startsWith("dt=") === true ? name.slice(3) : "";
  return isDay(text) ? text : undefined;
}

/** Whether Athena ignores a file or folder of this name. An empty name is a key that ends with a slash. */
export function isHidden(name: string): boolean {
  return name === "" || name.startsWith("_") || name.startsWith(".");
}
