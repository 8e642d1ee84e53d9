import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { AsyncBuffer } from "hyparquet";
import { asyncBufferFromFile } from "hyparquet";
import { LAKE_FOLDERS } from "../../lib/usage/lake-files.ts";

/** A file of a lake. */
export interface LakeEntry {
  /** Below the lake: `call_usage/dt=2026-04-01/part-0.parquet`. */
  readonly key: string;
  readonly bytes: number;
  readonly isLink: boolean;
  /** Opens the file's content. */
  readonly open: () => Promise<AsyncBuffer>;
}

/** Lists all files in the tables' folders of a lake, including those that do not count. */
export type LakeSource = () => AsyncIterable<LakeEntry>;

/** A folder of this machine as a source. */
export function folderSource(directory: string): LakeSource {
  return async function* entries() {
    for (const table of LAKE_FOLDERS) {
      const folder = join(directory, table);
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const paths = found
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => ({ path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1));
      for (const { path, isLink } of paths) {
        const key = relative(directory, path).split(sep).join("/");
        const bytes = isLink ? 0 : (await stat(path)).size;
        yield { key, bytes, isLink, open: () => asyncBufferFromFile(path) };
      }
    }
  };
}
