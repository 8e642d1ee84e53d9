import { createHash, type Hash } from "node:crypto";
import type { Day } from "../period.ts";
import { lakeFile } from "../usage/lake-files.ts";

/** An object of the lake in a listing. */
export interface LakeObject {
  /** Below the lake's prefix: `call_usage/dt=2026-04-01/part-0.parquet`. */
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

/** The files of a day. */
export interface DayFiles {
  readonly day: Day;
  /** Of keys, sizes and ETags. If it changes, the day must be rolled up again. */
  readonly digest: string;
  readonly bytes: number;
}

/** The prefix of all days' files. */
export const CALL_USAGE = "call_usage/";

/**
 * Returns every day with files, oldest first, from a listing that has the keys of each day in their order.
 *
 * Memory grows with the days, not with the files.
 */
export async function filesByDay(
  pages: AsyncIterable<readonly LakeObject[]>,
): Promise<ReadonlyMap<Day, DayFiles>> {
  const open = new Map<Day, { hash: Hash; bytes: number }>();
  for await (const page of pages) {
    for (const { key, size, etag } of page) {
      const day = lakeFile(key, size)?.day;
      if (day === undefined) continue;
      const files = open.get(day) ?? { hash: createHash("sha256"), bytes: 0 };
      files.hash.update(`${JSON.stringify([key, size, etag])}\n`);
      open.set(day, { ...files, bytes: files.bytes + size });
    }
  }
  const days = Array.from(open, ([day, { hash, bytes }]) => ({ day, digest: digestOf(hash), bytes }));
  return new Map(days.toSorted((a, b) => (a.day < b.day ? -1 : 1)).map((files) => [files.day, files]));
}

/** The digest of a day without files. */
export const NO_FILES = digestOf(createHash("sha256"));

function digestOf(hash: Hash): string {
  return hash.digest("hex").slice(0, 32);
}
