import type { Readable } from "node:stream";
import { type ObjectLocation, type S3Settings, type SendToS3, signedRequests } from "./signed-requests.ts";

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

/** Reads objects with signed GETs. */
export function s3ObjectReader(settings: S3Settings): OpenObject {
  return objectReaderOver(signedRequests(settings));
}

/** The same with requests that are signed already. */
export function objectReaderOver(send: SendToS3): OpenObject {
  const get = async (location: ObjectLocation, headers: Record<string, string>, signal: AbortSignal) => {
    const answer = await send({ method: "GET", location, headers }, signal);
    if (answer.statusCode >= 300) answer.body.destroy();
    return answer;
  };

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
