import { readCondition } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { StoredObject } from "./object-file.ts";
import type { ObjectStore } from "./object-store.ts";
import type { S3Reply, S3Request } from "./request.ts";

interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * Answers GetObject and HeadObject: the object or one range of it, under the usual conditions.
 *
 * @throws S3Error NoSuchBucket, NoSuchKey, PreconditionFailed, InvalidRange
 */
export function readObject(store: ObjectStore, request: S3Request): S3Reply {
  const object = store.find(request.bucket, request.key);
  if (object === undefined) throw new S3Error("NoSuchKey", { details: { Key: request.key } });
  if (readCondition(request.headers, object) === "not-modified") {
    return { status: 304, headers: validators(object), body: null };
  }
  const range = parseRange(request.headers.get("range"), object.size);
  const { start, end } = range ?? { start: 0, end: object.size };
  return {
    status: range === null ? 200 : 206,
    headers: {
      "content-type": "binary/octet-stream",
      ...object.headers,
      ...validators(object),
      "accept-ranges": "bytes",
      "content-length": String(end - start),
      ...(range === null ? checksumHeaders(request.headers, object) : contentRange(range, object)),
    },
    body: request.method === "HEAD" ? null : store.read(request.bucket, object, start, end),
  };
}

/**
 * Parses one range of bytes: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Null means the whole object: no range, a
 * malformed one (RFC 9110, 14.2), or several, which S3 does not support.
 *
 * @throws S3Error InvalidRange if no byte of it exists
 */
function parseRange(header: string | null, size: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (first !== "" && last !== "" && Number(first) > Number(last)) return null;
  if (start >= end) {
    throw new S3Error("InvalidRange", {
      details: { RangeRequested: header ?? "", ActualObjectSize: String(size) },
    });
  }
  return { start, end };
}

function contentRange(range: ByteRange, object: StoredObject): Record<string, string> {
  return { "content-range": `bytes ${range.start}-${range.end - 1}/${object.size}` };
}

function validators(object: StoredObject): Record<string, string> {
  return {
    etag: object.etag,
    "last-modified": new Date(object.lastModifiedSeconds * 1000).toUTCString(),
  };
}

/** The SDKs ask for the stored checksum and verify the bytes with it. */
function checksumHeaders(headers: Headers, object: StoredObject): Record<string, string> {
  if (headers.get("x-amz-checksum-mode")?.toUpperCase() !== "ENABLED" || object.checksum === null) return {};
  return { [object.checksum.header]: object.checksum.base64, "x-amz-checksum-type": "FULL_OBJECT" };
}
