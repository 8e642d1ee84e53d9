import { crc32 } from "node:zlib";
import { S3Error } from "./errors.ts";

/** A digest that is updated as bytes pass. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(encoding: "base64" | "hex"): string;
}

/** The checksum that a client sent with an object. It is stored and returned with the object. */
export interface Checksum {
  /** `x-amz-checksum-crc32` and the like. */
  readonly header: string;
  readonly base64: string;
}

const CHECKSUM_HEADER = /^x-amz-checksum-(?!mode$|type$|algorithm$)/;

/** Whether this header contains an object's checksum. */
export function isChecksumHeader(name: string): boolean {
  return CHECKSUM_HEADER.test(name);
}

/** @throws S3Error NotImplemented for an algorithm other than CRC32, the SDKs' default */
export function checksumDigest(header: string): RunningDigest {
  if (header === "x-amz-checksum-crc32") return crc32Digest();
  throw new S3Error("NotImplemented", { message: `${header} is not implemented.` });
}

function crc32Digest(): RunningDigest {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest(encoding) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString(encoding);
    },
  };
}
