import { NAMESPACE, optional, parseEncoding, parseMaxKeys, xmlReply } from "./list-objects.ts";
import type { ObjectStore } from "./object-store.ts";
import type { S3Reply, S3Request } from "./request.ts";
import { compareUtf8 } from "./utf8-order.ts";
import { element } from "./xml.ts";

/**
 * Answers ListObjectVersions for a bucket without versioning, as S3 does: each object is one version with the id
 * `null`.
 *
 * @throws S3Error NoSuchBucket, InvalidArgument
 */
export function listVersions(store: Pick<ObjectStore, "sortedObjects">, request: S3Request): S3Reply {
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const marker = query.get("key-marker") ?? "";
  const maxKeys = parseMaxKeys(query.get("max-keys"));
  const encode = parseEncoding(query.get("encoding-type"));
  const objects = store
    .sortedObjects(request.bucket)
    .filter(({ key }) => key.startsWith(prefix) && compareUtf8(key, marker) > 0);
  const page = objects.slice(0, maxKeys);
  const last = page.at(-1);
  const isTruncated = last !== undefined && objects.length > page.length;
  return xmlReply(
    element(
      "ListVersionsResult",
      [
        element("Name", request.bucket),
        element("Prefix", encode(prefix)),
        element("KeyMarker", encode(marker)),
        element("VersionIdMarker", query.get("version-id-marker") ?? ""),
        ...optional("EncodingType", query.get("encoding-type")),
        element("MaxKeys", String(maxKeys)),
        element("IsTruncated", String(isTruncated)),
        ...optional("NextKeyMarker", isTruncated ? encode(last.key) : null),
        ...optional("NextVersionIdMarker", isTruncated ? "null" : null),
        ...page.map((object) =>
          element("Version", [
            element("Key", encode(object.key)),
            element("VersionId", "null"),
            element("IsLatest", "true"),
            element("LastModified", new Date(object.lastModifiedSeconds * 1000).toISOString()),
            element("ETag", object.etag),
            element("Size", String(object.size)),
            element("StorageClass", "STANDARD"),
          ]),
        ),
      ],
      NAMESPACE,
    ),
  );
}
