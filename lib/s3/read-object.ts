import { Readable } from "node:stream";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentityProvider } from "@smithy/types";

/** The location of an object: `s3://<bucket>/<key>`. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

export interface S3Settings {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  /** How far this machine's clock is behind AWS's, in milliseconds, as measured by the Athena client. */
  readonly clockOffset: () => number;
  /** An endpoint other than the region's (`AWS_ENDPOINT_URL_S3`). The bucket is then part of the path. */
  readonly endpoint: string | undefined;
}

/**
 * Opens an object as a stream of its bytes.
 *
 * The stream yields every byte that S3 announced, or throws. A lost connection is resumed a few times with a range
 * request that requires the same ETag.
 *
 * @returns undefined if the object is missing
 * @throws S3Error for every refusal, also if the role may not read the object; or the connection's own error
 */
export type OpenObject = (
  location: ObjectLocation,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array> | undefined>;

/** S3 answered with an error status. It has the same fields as the SDK's errors, so that retries recognize it. */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly $metadata: { readonly httpStatusCode: number };

  /**
   * Whether the role may not read the object. S3 also answers so for a missing object if the role may not list the
   * bucket.
   */
  get isDenial(): boolean {
    return this.$metadata.httpStatusCode === 403;
  }

  constructor(statusCode: number) {
    super(`S3 answered ${statusCode}`);
    this.$metadata = { httpStatusCode: statusCode };
  }
}

const RESUMPTIONS = 3;

/** @throws TypeError for anything but `s3://<bucket>/<key>` */
export function parseS3Uri(uri: string): ObjectLocation {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw new TypeError("not an s3:// location of an object");
  return { bucket, key };
}

/**
 * Parses a bucket and a prefix, which may be empty. @throws TypeError for anything but `s3://<bucket>/` or
 * `…/<prefix>/`
 */
export function parseS3Folder(uri: string): ObjectLocation {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(|.+\/)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw new TypeError("not an s3:// location of a folder");
  return { bucket, key };
}

/**
 * Signs GETs of single objects and sends them over the Athena client's connections. The signer comes with that client
 * and is a hundredth of the size of the S3 client.
 */
export function s3ObjectReader(settings: S3Settings): OpenObject {
  const { region, credentials } = settings;
  const signer = new SignatureV4({
    service: "s3",
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
  });

  async function get(location: ObjectLocation, headers: Record<string, string>, signal: AbortSignal) {
    const unsigned = objectRequest(location, settings);
    Object.assign(unsigned.headers, headers);
    const signingDate = new Date(Date.now() + settings.clockOffset());
    const request = new HttpRequest(await signer.sign(unsigned, { signingDate }));
    const { response } = await settings.requestHandler.handle(request, { abortSignal: signal });
    const body: unknown = response.body;
    if (!(body instanceof Readable)) throw new TypeError("S3's answer has no body");
    if (response.statusCode >= 300) body.destroy();
    return { statusCode: response.statusCode, headers: response.headers, body };
  }

  return async (location, signal) => {
    const first = await get(location, {}, signal);
    if (first.statusCode === 404) return undefined;
    if (first.statusCode !== 200) throw new S3Error(first.statusCode);
    const announced = first.headers["content-length"];
    const length = announced === undefined ? undefined : Number(announced);
    const etag = first.headers["etag"];

    async function resume(received: number): Promise<Readable> {
      if (etag === undefined) throw new TypeError("S3's answer has no ETag, so it cannot be resumed");
      const range = { range: `bytes=${received}-`, "if-match": etag };
      const { statusCode, body } = await get(location, range, signal);
      if (statusCode !== 206) throw new S3Error(statusCode);
      return body;
    }

    return wholeObject(first.body, length, resume, signal);
  };
}

/** Yields every byte of the object, across lost connections. For a chunked response, HTTP itself marks the end. */
async function* wholeObject(
  first: Readable,
  length: number | undefined,
  resume: (received: number) => Promise<Readable>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for (let resumptions = 0; ; resumptions++) {
    let failure: unknown;
    try {
      for await (const chunk of readBytes(resumptions === 0 ? first : await resume(received))) {
        received += chunk.byteLength;
        yield chunk;
      }
      if (length === undefined) return;
      failure = new RangeError(`S3 sent ${received} of ${length} bytes`);
    } catch (error) {
      // The object was replaced or deleted, so the download cannot be resumed.
      if (error instanceof S3Error && error.$metadata.httpStatusCode < 500) throw error;
      failure = error;
    }
    if (received === length) return;
    if (signal.aborted || resumptions === RESUMPTIONS || (length ?? received) < received) throw failure;
  }
}

async function* readBytes(body: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("not bytes");
    yield chunk;
  }
}

function objectRequest({ bucket, key }: ObjectLocation, { region, endpoint }: S3Settings): HttpRequest {
  const path = key.split("/").map(encodeSegment).join("/");
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  // A bucket name with a dot does not match the certificate of the bucket's own host name.
  const inPath = endpoint !== undefined || bucket.includes(".");
  const url = new URL(endpoint ?? `https://${inPath ? "" : `${bucket}.`}s3.${region}.${suffix}`);
  return new HttpRequest({
    method: "GET",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: inPath ? `/${bucket}/${path}` : `/${path}`,
    headers: { host: url.host, "x-amz-content-sha256": EMPTY_SHA256 },
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
