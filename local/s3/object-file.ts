import { type FileHandle, open } from "node:fs/promises";
import * as z from "zod";

/** The metadata of a stored object. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Quoted, as HTTP writes it: the MD5 of the bytes in hex. */
  readonly etag: string;
  /** Whole seconds since 1970, the precision that S3 keeps. */
  readonly lastModifiedSeconds: number;
  /** Sent back with the object: `content-type`, `x-amz-meta-…` and the like, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: { readonly header: string; readonly base64: string } | null;
}

const footerSchema = z.strictObject({
  key: z.string(),
  size: z.int().nonnegative(),
  etag: z.string(),
  lastModifiedSeconds: z.int(),
  headers: z.record(z.string(), z.string()),
  checksum: z.strictObject({ header: z.string(), base64: z.string() }).nullable(),
});

const LENGTH_BYTES = 4;

/**
 * Stores an object in one file, so that one rename or link makes it appear at once. The file contains its bytes from
 * offset 0, then its metadata as JSON, then that JSON's length (32 bits, big endian).
 */
export function encodeFooter(object: StoredObject): Buffer {
  const json = Buffer.from(JSON.stringify(object));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([json, length]);
}

/** @throws Error that names the file if it has another form */
export async function readFooter(path: string): Promise<StoredObject> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = (await readAt(file, size - LENGTH_BYTES, LENGTH_BYTES)).readUInt32BE();
    const json = await readAt(file, size - LENGTH_BYTES - length, length);
    const footer = footerSchema.parse(JSON.parse(json.toString("utf8")));
    if (footer.size + length + LENGTH_BYTES !== size) throw new Error("its length is wrong");
    return footer;
  } catch (error) {
    throw new Error(`${path} is not an object that the local S3 wrote. Delete it.`, { cause: error });
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw new Error("it is too short");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error("it is too short");
  return buffer;
}
