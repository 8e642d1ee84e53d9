import * as z from "zod";
import { S3Error } from "./errors.ts";
import type { StoredObject } from "./object-file.ts";
import type { ObjectStore } from "./object-store.ts";
import type { S3Reply, S3Request } from "./request.ts";
import { compareUtf8 } from "./utf8-order.ts";
import { element, type Xml } from "./xml.ts";

const MAX_KEYS = 1000;
export const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const tokenSchema = z.tuple([z.string()]);

/** One entry of a listing: an object, or all keys with the same prefix up to the delimiter. */
type Entry =
  | { readonly kind: "object"; readonly name: string; readonly object: StoredObject }
  | { readonly kind: "prefix"; readonly name: string };

/**
 * Answers ListObjectsV2: keys in the order of their UTF-8 bytes, with up to `max-keys` objects and common prefixes a
 * page.
 *
 * @throws S3Error NoSuchBucket, InvalidArgument
 */
export function listObjects(store: Pick<ObjectStore, "sortedObjects">, request: S3Request): S3Reply {
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const maxKeys = parseMaxKeys(query.get("max-keys"));
  const encode = parseEncoding(query.get("encoding-type"));

  const keys = store.sortedObjects(request.bucket);
  const lastName = token === null ? "" : parseToken(token);
  const entries = rollUp(keys, prefix, delimiter).filter((entry) => compareUtf8(entry.name, lastName) > 0);
  const page = entries.slice(0, maxKeys);
  const last = page.at(-1);
  const isTruncated = last !== undefined && entries.length > page.length;

  const result = element(
    "ListBucketResult",
    [
      element("Name", request.bucket),
      element("Prefix", encode(prefix)),
      ...optional("Delimiter", delimiter === "" ? null : encode(delimiter)),
      ...optional("EncodingType", query.get("encoding-type")),
      element("KeyCount", String(page.length)),
      element("MaxKeys", String(maxKeys)),
      element("IsTruncated", String(isTruncated)),
      ...optional("ContinuationToken", token),
      ...optional("NextContinuationToken", isTruncated ? toToken(last) : null),
      ...page.map((entry) =>
        entry.kind === "prefix"
          ? element("CommonPrefixes", [element("Prefix", encode(entry.name))])
          : contents(entry.object, encode),
      ),
    ],
    NAMESPACE,
  );
  return xmlReply(result);
}

export function xmlReply(result: Xml): S3Reply {
  const body = result.document();
  const headers = { "content-type": "application/xml", "content-length": String(Buffer.byteLength(body)) };
  return { status: 200, headers, body };
}

/**
 * Groups keys into the entries of a listing, in its order: keys with the same prefix up to the delimiter become one
 * entry.
 */
function rollUp(objects: readonly StoredObject[], prefix: string, delimiter: string): Entry[] {
  const entries: Entry[] = [];
  for (const object of objects) {
    if (!object.key.startsWith(prefix)) continue;
    const end = delimiter === "" ? -1 : object.key.indexOf(delimiter, prefix.length);
    if (end === -1) {
      entries.push({ kind: "object", name: object.key, object });
    } else {
      const name = object.key.slice(0, end + delimiter.length);
      if (entries.at(-1)?.name !== name) entries.push({ kind: "prefix", name });
    }
  }
  return entries;
}

function contents(object: StoredObject, encode: (text: string) => string): Xml {
  return element("Contents", [
    element("Key", encode(object.key)),
    element("LastModified", new Date(object.lastModifiedSeconds * 1000).toISOString()),
    element("ETag", object.etag),
    element("Size", String(object.size)),
    element("StorageClass", "STANDARD"),
  ]);
}

export function optional(name: string, value: string | null): Xml[] {
  return value === null ? [] : [element(name, value)];
}

export function parseMaxKeys(text: string | null): number {
  if (text === null) return MAX_KEYS;
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument("max-keys", text);
  return Math.min(Number(text), MAX_KEYS);
}

/** `encoding-type=url` percent-encodes names, because XML may not be able to contain their characters. Slashes stay. */
export function parseEncoding(type: string | null): (text: string) => string {
  if (type === null) return (text) => text;
  if (type !== "url") throw invalidArgument("encoding-type", type);
  return (text) => encodeURIComponent(text).replaceAll("%2F", "/");
}

/** A continuation token is the name of the page's last entry. */
function toToken(last: Entry): string {
  return Buffer.from(JSON.stringify([last.name])).toString("base64url");
}

function parseToken(token: string): string {
  try {
    const [name] = tokenSchema.parse(JSON.parse(Buffer.from(token, "base64url").toString("utf8")));
    return name;
  } catch (error) {
    throw new S3Error("InvalidArgument", {
      message: "The continuation token provided is incorrect",
      cause: error,
    });
  }
}

function invalidArgument(name: string, value: string): S3Error {
  return new S3Error("InvalidArgument", { details: { ArgumentName: name, ArgumentValue: value } });
}
