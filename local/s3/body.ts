import { createHash } from "node:crypto";
import { type Checksum, checksumDigest, isChecksumHeader, type RunningDigest } from "./checksum.ts";
import { S3Error, type S3ErrorCode } from "./errors.ts";
import type { S3Request } from "./request.ts";

/** The largest object that a single PUT may write (Amazon S3 User Guide, "Uploading objects"): 5 GiB. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

/** An object's bytes as the client sent them. */
export interface ObjectBody {
  /**
   * The bytes. Ends with an error (`IncompleteBody`, `BadDigest`, `XAmzContentSHA256Mismatch` …) if their length or a
   * checksum of the client does not match.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The client's checksum, verified. It is known after the last chunk. */
  checksum(): Checksum | null;
}

interface Check {
  readonly header: string;
  readonly digest: RunningDigest;
  readonly encoding: "base64" | "hex";
  readonly mismatch: S3ErrorCode;
  readonly expected: string;
}

/** @throws S3Error if the headers show that the body cannot be accepted */
export function objectBody(request: S3Request): ObjectBody {
  const { headers } = request;
  refuseChunks(headers);
  const length = declaredLength(headers);
  const checksumHeader = checksumHeaderOf(headers);
  const checksum = checksumHeader === null ? null : checksumCheck(checksumHeader, headers);
  const checks = checksum === null ? headerChecks(headers) : [...headerChecks(headers), checksum];

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for await (const bytes of request.body) {
      received += bytes.length;
      if (received > length) throw new S3Error("IncompleteBody");
      for (const check of checks) check.digest.update(bytes);
      yield bytes;
    }
    if (received < length) throw new S3Error("IncompleteBody");
    for (const check of checks) verify(check);
  }
  return {
    chunks: chunks(),
    checksum: () => (checksum === null ? null : { header: checksum.header, base64: checksum.expected }),
  };
}

function verify(check: Check): void {
  const { expected } = check;
  const computed = check.digest.digest(check.encoding);
  if (computed === expected) return;
  throw new S3Error(check.mismatch, {
    message: `The ${check.header} you specified did not match what we received.`,
    details: { ExpectedDigest: expected, CalculatedDigest: computed },
  });
}

/**
 * SDKs frame streams as `aws-chunked`; the functions send only buffers and strings.
 *
 * @throws S3Error NotImplemented for such a body
 */
function refuseChunks(headers: Headers): void {
  const isFramed = /\baws-chunked\b/.test(headers.get("content-encoding") ?? "");
  if (isFramed || headers.get("x-amz-content-sha256")?.startsWith("STREAMING-") === true) {
    throw new S3Error("NotImplemented", { message: "aws-chunked bodies are not implemented." });
  }
}

function declaredLength(headers: Headers): number {
  const declared = headers.get("content-length");
  if (declared === null || !/^\d{1,15}$/.test(declared)) throw new S3Error("MissingContentLength");
  if (Number(declared) > MAX_OBJECT_BYTES) throw new S3Error("EntityTooLarge");
  return Number(declared);
}

/** Finds the one header with the object's checksum; null if there is none. */
function checksumHeaderOf(headers: Headers): string | null {
  const names = [...headers.keys()].filter(isChecksumHeader);
  if (names.length > 1) {
    throw new S3Error("InvalidRequest", { message: "Expecting a single x-amz-checksum- header." });
  }
  return names[0] ?? null;
}

/** Checks the payload hash of the signature. */
function headerChecks(headers: Headers): Check[] {
  const sha256 = headers.get("x-amz-content-sha256") ?? "";
  if (!/^[0-9a-f]{64}$/.test(sha256)) return [];
  return [
    {
      header: "x-amz-content-sha256",
      digest: createHash("sha256"),
      encoding: "hex",
      mismatch: "XAmzContentSHA256Mismatch",
      expected: sha256,
    },
  ];
}

function checksumCheck(header: string, headers: Headers): Check {
  return {
    header,
    digest: checksumDigest(header),
    encoding: "base64",
    mismatch: "BadDigest",
    expected: headers.get(header) ?? "",
  };
}
