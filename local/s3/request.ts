import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { S3Error } from "./errors.ts";

/** One request to S3 in path style: `/<bucket>/<key>`. */
export interface S3Request {
  readonly method: string;
  /** Empty for the service itself (`/`). */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The raw body, including `aws-chunked` framing. Ending it early does not break the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The answer to a request. `body` is streamed, and `content-length` is among the headers. */
export interface S3Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable | null;
}

/** Answers one request, or throws an `S3Error`. */
export type S3Handler = (request: S3Request) => Promise<S3Reply>;

const MAX_KEY_BYTES = 1024;

/** @throws S3Error InvalidURI or KeyTooLongError */
export function parseRequest(message: IncomingMessage): S3Request {
  const { bucket, key, query } = parseTarget(message.url ?? "");
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
  }
  return {
    method: message.method ?? "",
    bucket,
    key,
    query,
    headers,
    body: { [Symbol.asyncIterator]: () => message.iterator({ destroyOnReturn: false }) },
  };
}

/**
 * Splits a request target without normalization: a key may contain `..`, empty segments and percent signs, which `new
 * URL()` would resolve.
 */
function parseTarget(target: string): { bucket: string; key: string; query: URLSearchParams } {
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const [, bucket = "", key = ""] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  if (!path.startsWith("/")) throw new S3Error("InvalidURI");
  const request = {
    bucket: decode(bucket),
    key: decode(key),
    query: new URLSearchParams(question === -1 ? "" : target.slice(question + 1)),
  };
  if (Buffer.byteLength(request.key) > MAX_KEY_BYTES) {
    throw new S3Error("KeyTooLongError", {
      details: {
        Size: String(Buffer.byteLength(request.key)),
        MaxSizeAllowed: String(MAX_KEY_BYTES),
      },
    });
  }
  return request;
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw new S3Error("InvalidURI", { cause: error });
  }
}
