import { createHash } from "node:crypto";
import { HttpRequest } from "@smithy/core/transport";
import { type AwsAccess, regionalHost } from "../aws/access.ts";
import { type SignedAnswer, signedSender } from "../aws/signed-sender.ts";

/** The location of an object: `s3://<bucket>/<key>`. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

export interface S3Settings extends AwsAccess {
  /** An endpoint other than the region's (`AWS_ENDPOINT_URL_S3`). The bucket is then part of the path. */
  readonly endpoint: string | undefined;
}

/** A request to S3. */
export interface S3Request {
  readonly method: "GET" | "PUT";
  /** An empty key is the bucket itself. */
  readonly location: ObjectLocation;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Sends one request, once. @throws the connection's error */
export type SendToS3 = (request: S3Request, signal: AbortSignal) => Promise<SignedAnswer>;

/** Signs requests and sends them. The signer is a hundredth of the size of the SDK's S3 client. */
export function signedRequests(settings: S3Settings): SendToS3 {
  const send = signedSender("s3", settings, false);
  return (request, signal) => send(unsigned(request, settings), signal);
}

function unsigned(
  { method, location: { bucket, key }, query = {}, headers = {}, body }: S3Request,
  { region, endpoint }: S3Settings,
): HttpRequest {
  const path = key.split("/").map(encodeSegment).join("/");
  // A bucket name with a dot does not match the certificate of the bucket's own host name.
  const inPath = endpoint !== undefined || bucket.includes(".");
  const url = new URL(endpoint ?? `https://${inPath ? "" : `${bucket}.`}${regionalHost("s3", region)}`);
  const hash = body === undefined ? EMPTY_SHA256 : createHash("sha256").update(body).digest("hex");
  return new HttpRequest({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: inPath ? `/${bucket}/${path}` : `/${path}`,
    query: { ...query },
    headers: {
      host: url.host,
      "x-amz-content-sha256": hash,
      ...(body === undefined ? {} : { "content-length": String(body.byteLength) }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** SHA-256 of an empty body, which a GET signs. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Percent-encodes as Signature Version 4 requires: everything but letters, digits and `-._~`. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
