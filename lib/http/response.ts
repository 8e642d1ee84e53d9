import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type NamedReseller, ServiceError } from "../errors.ts";

/** A complete response, as a function with payload format 2.0 returns it. */
export interface Response extends APIGatewayProxyStructuredResultV2 {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers of every answer, errors included.
 *
 * @param caching `no-store`, or `no-cache` for an answer with an `etag` that the caller may keep and revalidate
 */
export function commonHeaders(
  requestId: string,
  caching: "no-store" | "no-cache" = "no-store",
): Record<string, string> {
  return {
    "cache-control": `private, ${caching}`,
    vary: "accept, accept-encoding, authorization",
    "x-request-id": requestId,
  };
}

/** Headers of every response: browsers use only HTTPS for two years, and do not guess another content type. */
export const SECURITY_HEADERS = {
  "strict-transport-security": "max-age=63072000",
  "x-content-type-options": "nosniff",
};

/** Returns the headers of a report in CSV. @param filename the name under which a browser saves it */
export function csvHeaders(filename: string): Record<string, string> {
  return {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${filename}"`,
  };
}

/**
 * The maximum size of a synchronous Lambda response: bytes of `JSON.stringify` of the whole response.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_RESPONSE_BYTES = 6_291_556;

/** Smaller bodies gain nothing from gzip. */
export const MIN_GZIP_BYTES = 1_024;

/** Characters that are collected before they are passed to the compressor. */
const PIECE_LENGTH = 65_536;

/** How to get a large answer in parts. */
export interface Parts {
  /** What the caller can do, in lower case and without a full stop. */
  readonly advice: string;
  /** The resellers whose figures it contains. */
  readonly resellers: () => readonly NamedReseller[];
}

/**
 * Builds a 200 from pieces of text, gzipped if the caller accepts it and the body is large enough. Compresses pieces
 * as they arrive, and stops as soon as the body is too large.
 *
 * @param parts how to get an answer that is too large in parts
 * @throws ServiceError `result_too_large` if the response exceeds Lambda's limit
 */
export async function okResponse(
  pieces: Iterable<string>,
  headers: Readonly<Record<string, string>>,
  takesGzip: boolean,
  parts: Parts = { advice: "ask for less", resellers: () => [] },
): Promise<Response> {
  const tooLarge = () => resultTooLarge(takesGzip, parts);
  const body = joined(pieces);
  const start = body.next().value ?? "";
  const whole = startingWith(start, body);
  const gzip = takesGzip && Buffer.byteLength(start) >= MIN_GZIP_BYTES;
  const response: Response = gzip
    ? {
        statusCode: 200,
        headers: { ...headers, "content-encoding": "gzip" },
        body: await gzipped(whole, tooLarge),
        isBase64Encoded: true,
      }
    : { statusCode: 200, headers: { ...headers }, body: plain(whole, tooLarge) };
  if (!fits(response)) throw tooLarge();
  return response;
}

/** Whether a synchronous Lambda answer may be as large as this one. */
export function fits(response: Response): boolean {
  return Buffer.byteLength(JSON.stringify(response)) <= MAX_RESPONSE_BYTES;
}

function plain(pieces: Iterable<string>, tooLarge: () => ServiceError): string {
  let body = "";
  for (const piece of pieces) {
    body += piece;
    if (body.length > MAX_RESPONSE_BYTES) throw tooLarge();
  }
  return body;
}

/** @returns the gzipped body in base64, which is a third longer than the bytes */
async function gzipped(pieces: Iterable<string>, tooLarge: () => ServiceError): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  await pipeline(Readable.from(pieces, { objectMode: false }), createGzip(), async (zipped) => {
    for await (const chunk of zipped) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("gzip gives bytes");
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes * (4 / 3) > MAX_RESPONSE_BYTES) throw tooLarge();
    }
  });
  return Buffer.concat(chunks).toString("base64");
}

/** Joins many short pieces into few long ones. */
function* joined(pieces: Iterable<string>): Generator<string, undefined> {
  let long = "";
  for (const piece of pieces) {
    long += piece;
    if (long.length < PIECE_LENGTH) continue;
    yield long;
    long = "";
  }
  if (long !== "") yield long;
}

function* startingWith(first: string, rest: Iterable<string>): Generator<string> {
  yield first;
  yield* rest;
}

function resultTooLarge(takesGzip: boolean, { advice, resellers }: Parts): ServiceError {
  const todo = takesGzip ? advice : `accept gzip (accept-encoding: gzip), or ${advice}`;
  return new ServiceError(
    "result_too_large",
    `The report does not fit into one answer of 6 MB. ${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`,
    { resellers: resellers() },
  );
}
