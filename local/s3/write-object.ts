import { objectBody } from "./body.ts";
import { writeCondition } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectStore } from "./object-store.ts";
import type { S3Reply, S3Request } from "./request.ts";

/** Headers that are stored with the object and returned with it. */
const OBJECT_HEADERS = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
]);
const METADATA_PREFIX = "x-amz-meta-";
/** Names and values together (Amazon S3 User Guide, "Working with object metadata"). */
const MAX_METADATA_BYTES = 2048;

/**
 * Answers PutObject, conditional if the request says so. The object appears complete or not at all.
 *
 * @throws S3Error NoSuchBucket, PreconditionFailed, and the errors of `objectBody`
 */
export async function putObject(store: ObjectStore, request: S3Request): Promise<S3Reply> {
  if (!store.hasBucket(request.bucket)) {
    throw new S3Error("NoSuchBucket", { details: { BucketName: request.bucket } });
  }
  const condition = writeCondition(request.headers);
  const headers = objectHeaders(request.headers);
  const body = objectBody(request);
  const upload = await store.receive(body.chunks);
  const checksum = body.checksum();
  const object = await store.commit(
    request.bucket,
    upload,
    { key: request.key, headers, checksum },
    condition,
  );
  return {
    status: 200,
    headers: {
      etag: object.etag,
      ...(checksum === null
        ? {}
        : { [checksum.header]: checksum.base64, "x-amz-checksum-type": "FULL_OBJECT" }),
      "content-length": "0",
    },
    body: null,
  };
}

/** @throws S3Error MetadataTooLarge */
function objectHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA_PREFIX)) {
      metadataBytes += name.length - METADATA_PREFIX.length + value.length;
      kept[name] = value;
    } else if (OBJECT_HEADERS.has(name)) {
      kept[name] = value;
    }
  }
  if (metadataBytes > MAX_METADATA_BYTES) throw new S3Error("MetadataTooLarge");
  return kept;
}
