import { createHash, randomUUID } from "node:crypto";

/** An object with names of the lake, as a listing shows it. */
export interface NamesObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** S3 gives whole seconds. */
  readonly lastModified: string;
}

/** The files of the lake that names come from, at one moment. */
export interface Names {
  /** Of keys, sizes and ETags: equal only for the same content. */
  readonly version: string;
  /**
   * Also of the times of the last changes: another one if a file was replaced and then restored. If the names are not
   * settled, it is another one each time.
   */
  readonly moment: string;
  /**
   * Whether the last change is so long ago that a change from now on gets another time. Files that were replaced and
   * restored within a second cannot be told from files that nobody touched.
   */
  readonly isSettled: boolean;
}

/** S3's times are whole seconds, and its clocks may differ from this machine's. */
const SETTLED_AFTER_MS = 3_000;

/**
 * Describes the files with names.
 *
 * @param objects all objects of the three folders, in the order of the listings
 * @param listedAt the instant before the listings, milliseconds since 1970
 */
export function namesFrom(objects: readonly NamesObject[], listedAt: number): Names {
  const isSettled = objects.every(
    ({ lastModified }) => Date.parse(lastModified) + SETTLED_AFTER_MS <= listedAt,
  );
  const version = digest(objects.map(({ key, size, etag }) => [key, size, etag]));
  const times = objects.map(({ lastModified }) => lastModified);
  const moment = isSettled ? digest([version, times]) : randomUUID();
  return { version, moment, isSettled };
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
