import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { S3Error } from "./errors.ts";
import { listObjects } from "./list-objects.ts";
import type { StoredObject } from "./object-file.ts";
import type { S3Handler } from "./request.ts";
import { compareUtf8 } from "./utf8-order.ts";

/** A folder of the machine as a bucket that can only be listed. */
export interface Folder {
  readonly bucket: string;
  readonly directory: string;
}

/**
 * Adds a bucket to the handler: the current files of a folder. The engines read them from the disk, so none is served
 * here.
 */
export function withFolder(handle: S3Handler, { bucket, directory }: Folder): S3Handler {
  return async (request) => {
    if (request.bucket !== bucket) return handle(request);
    if (request.key !== "" || request.method !== "GET" || request.query.get("list-type") !== "2")
      throw new S3Error("AccessDenied");
    const prefix = request.query.get("prefix") ?? "";
    return listObjects({ sortedObjects: () => filesOf(directory, prefix) }, request);
  };
}

/** The files whose names may begin with the prefix: those below its last folder. */
function filesOf(directory: string, prefix: string): StoredObject[] {
  const folder = join(directory, prefix.slice(0, prefix.lastIndexOf("/") + 1));
  if (!folder.startsWith(directory) || !existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => describe(directory, join(entry.parentPath, entry.name)))
    .sort((a, b) => compareUtf8(a.key, b.key));
}

/** The ETag has the form of a multipart upload, whose only meaning is whether two files differ. */
function describe(directory: string, path: string): StoredObject {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true });
  const etag = createHash("md5").update(`${size} ${mtimeNs} ${ino}`).digest("hex");
  return {
    key: relative(directory, path).split(sep).join("/"),
    size: Number(size),
    etag: `"${etag}-1"`,
    lastModifiedSeconds: Number(mtimeNs / 1_000_000_000n),
    headers: {},
    checksum: null,
  };
}
