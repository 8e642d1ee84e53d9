import { S3Error } from "./errors.ts";

/** Longer than any chunk header or trailer that an SDK writes, signatures included. */
const MAX_LINE_BYTES = 8192;

/**
 * Takes the `aws-chunked` framing off a body: `<hex length>[;chunk-signature=…]CRLF <bytes> CRLF …`, a
 * chunk of length 0, then trailing headers. Signatures are passed over.
 *
 * Source: "Signature calculations … including trailing headers" and "… multiple chunks", Amazon S3 API
 * Reference; unsigned bodies (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`) are framed alike, without the
 * signatures.
 *
 * @param trailers filled with the trailing headers (lower-case names) once the chunks have been read
 * @throws S3Error IncompleteBody when the body ends early, InvalidRequest when it is not framed like this
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  const reader = byteReader(body);
  for (;;) {
    const header = await reader.line();
    if (header === null) throw new S3Error("IncompleteBody");
    const [, hex] = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(header) ?? [];
    if (hex === undefined) throw new S3Error("InvalidRequest", { message: "A chunk's header is malformed." });
    let left = Number.parseInt(hex, 16);
    if (left === 0) break;
    while (left > 0) {
      const bytes = await reader.take(left);
      if (bytes === null) throw new S3Error("IncompleteBody");
      left -= bytes.length;
      yield bytes;
    }
    if ((await reader.line()) !== "") {
      throw new S3Error("InvalidRequest", { message: "A chunk is longer than its header says." });
    }
  }
  for (let line = await reader.line(); line !== null; line = await reader.line()) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function byteReader(body: AsyncIterable<Uint8Array>) {
  const source = body[Symbol.asyncIterator]();
  let buffer = Buffer.alloc(0);
  async function fill(): Promise<boolean> {
    const next = await source.next();
    if (next.done === true) return false;
    buffer = Buffer.concat([buffer, next.value]);
    return true;
  }
  return {
    /** The next line without its CRLF; null at the end of the body. */
    async line(): Promise<string | null> {
      let end = buffer.indexOf("\r\n");
      while (end === -1) {
        if (buffer.length > MAX_LINE_BYTES) {
          throw new S3Error("InvalidRequest", { message: "A chunk's header or trailer is too long." });
        }
        if (!(await fill())) return null;
        end = buffer.indexOf("\r\n");
      }
      const line = buffer.toString("latin1", 0, end);
      buffer = buffer.subarray(end + 2);
      return line;
    },
    /** Some of the next bytes, at most `limit`; null at the end of the body. */
    async take(limit: number): Promise<Uint8Array | null> {
      if (buffer.length === 0 && !(await fill())) return null;
      const bytes = buffer.subarray(0, limit);
      buffer = buffer.subarray(bytes.length);
      return bytes;
    },
  };
}
