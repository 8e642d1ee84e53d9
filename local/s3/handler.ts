import { isChecksumHeader } from "./checksum.ts";
import { S3Error } from "./errors.ts";
import { listObjects } from "./list-objects.ts";
import { listVersions } from "./list-versions.ts";
import type { ObjectStore } from "./object-store.ts";
import { readObject } from "./read-object.ts";
import type { S3Handler, S3Reply, S3Request } from "./request.ts";
import { putObject } from "./write-object.ts";

const LIST_PARAMETERS = new Set([
  "list-type",
  "prefix",
  "delimiter",
  "max-keys",
  "continuation-token",
  "encoding-type",
  "versions",
  "key-marker",
  "version-id-marker",
]);

/** General headers that S3 obeys and that are not implemented. */
const REFUSED_HEADERS = new Set(["content-md5", "if-modified-since", "if-unmodified-since"]);

/** S3's own headers that are implemented, or that change nothing here. */
const KNOWN_HEADERS = new Set([
  "x-amz-checksum-mode",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-expected-bucket-owner",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-security-token",
  "x-amz-user-agent",
]);

/**
 * Answers what the functions need of S3 and refuses everything else with NotImplemented. It never ignores a parameter
 * or header that would change the result.
 */
export function s3Handler(store: ObjectStore): S3Handler {
  return async (request) => {
    authenticate(request);
    refuseUnknown(request);
    return request.key === "" ? bucketOperation(store, request) : objectOperation(store, request);
  };
}

async function objectOperation(store: ObjectStore, request: S3Request): Promise<S3Reply> {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return readObject(store, request);
    case "PUT":
      return putObject(store, request);
    case "DELETE":
      store.delete(request.bucket, request.key);
      return { status: 204, headers: {}, body: null };
    case "POST":
      throw new S3Error("NotImplemented");
    default:
      throw new S3Error("MethodNotAllowed", { details: { Method: request.method } });
  }
}

async function bucketOperation(store: ObjectStore, request: S3Request): Promise<S3Reply> {
  const { bucket, method, query } = request;
  if (bucket === "") throw new S3Error("NotImplemented");
  switch (method) {
    case "GET":
      if (query.has("versions")) return listVersions(store, request);
      if (query.get("list-type") !== "2") throw new S3Error("NotImplemented");
      return listObjects(store, request);
    case "HEAD":
      if (!store.hasBucket(bucket)) throw new S3Error("NoSuchBucket");
      return { status: 200, headers: {}, body: null };
    case "PUT":
      if (store.hasBucket(bucket)) {
        throw new S3Error("BucketAlreadyOwnedByYou", { details: { BucketName: bucket } });
      }
      await store.createBucket(bucket);
      return { status: 200, headers: { location: `/${bucket}`, "content-length": "0" }, body: null };
    case "DELETE":
    case "POST":
      throw new S3Error("NotImplemented");
    default:
      throw new S3Error("MethodNotAllowed", { details: { Method: method } });
  }
}

/** Signatures are not verified. A client that does not sign would fail on AWS, so it fails here. */
function authenticate(request: S3Request): void {
  if (!request.headers.has("authorization") && !request.query.has("X-Amz-Signature")) {
    throw new S3Error("AccessDenied");
  }
}

/** @throws S3Error NotImplemented that names the parameter or header */
function refuseUnknown(request: S3Request): void {
  const lists = request.key === "" && request.method === "GET";
  for (const name of request.query.keys()) {
    const known = name === "x-id" || name.startsWith("X-Amz-") || (lists && LIST_PARAMETERS.has(name));
    if (!known) throw notImplemented(`The query parameter ${name}`);
  }
  for (const name of request.headers.keys()) {
    const own = name.startsWith("x-amz-") && !name.startsWith("x-amz-meta-") && !isChecksumHeader(name);
    if ((own && !KNOWN_HEADERS.has(name)) || REFUSED_HEADERS.has(name))
      throw notImplemented(`The header ${name}`);
  }
}

function notImplemented(what: string): S3Error {
  return new S3Error("NotImplemented", { message: `${what} is not implemented.` });
}
