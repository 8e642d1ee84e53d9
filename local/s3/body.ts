import { createHash } from "node:crypto";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { type Checksum, checksumDigest, isChecksumHeader, type RunningDigest } from "./checksum.ts";
import { S3Error, type S3ErrorCode } from "./errors.ts";
import type { S3Request } from "./request.ts";

/** The largest object that a single PUT may write (Amazon S3 User Guide, "Uploading objects"): 5 GiB. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

/** An object's bytes as its client meant them. */
export interface ObjectBody {
  /**
   * The bytes without their framing. Ends with an error (`IncompleteBody`, `BadDigest`,
   * `XAmzContentSHA256Mismatch`, `MalformedTrailerError` …) unless their length and every checksum the
   * client gave are right.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The client's checksum, verified; known once the chunks have ended. */
  checksum(): Checksum | null;
}

interface Check {
  readonly header: string;
  readonly digest: RunningDigest;
  readonly encoding: "base64" | "hex";
  readonly mismatch: S3ErrorCode;
  /** Read when the body has ended: a trailer comes last. */
  expected(): string;
}

/** @throws S3Error when the headers alone show that the body cannot be accepted */
export function objectBody(request: S3Request): ObjectBody {
  const { headers } = request;
  const trailers = new Map<string, string>();
  const chunked = isAwsChunked(headers);
  const length = declaredLength(headers, chunked);
  const checksumHeader = checksumHeaderOf(headers);
  const checksum = checksumHeader === null ? null : checksumCheck(checksumHeader, headers, trailers);
  const checks = checksum === null ? headerChecks(headers) : [...headerChecks(headers), checksum];

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for await (const bytes of chunked ? decodeAwsChunked(request.body, trailers) : request.body) {
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
    checksum: () => (checksum === null ? null : { header: checksum.header, base64: checksum.expected() }),
  };
}

function verify(check: Check): void {
  const expected = check.expected();
  const computed = check.digest.digest(check.encoding);
  if (computed === expected) return;
  throw new S3Error(check.mismatch, {
    message: `The ${check.header} you specified did not match what we received.`,
    details: { ExpectedDigest: expected, CalculatedDigest: computed },
  });
}

function isAwsChunked(headers: Headers): boolean {
  return (
    headers.get("x-amz-content-sha256")?.startsWith("STREAMING-") === true ||
    headers
      .get("content-encoding")
      ?.split(",")
      .some((coding) => coding.trim() === "aws-chunked") === true
  );
}

function declaredLength(headers: Headers, chunked: boolean): number {
  const declared = headers.get(chunked ? "x-amz-decoded-content-length" : "content-length");
  if (declared === null || !/^\d{1,15}$/.test(declared)) throw new S3Error("MissingContentLength");
  if (Number(declared) > MAX_OBJECT_BYTES) throw new S3Error("EntityTooLarge");
  return Number(declared);
}

/** The one header or announced trailer that carries the object's checksum; null where there is none. */
function checksumHeaderOf(headers: Headers): string | null {
  const announced = (headers.get("x-amz-trailer") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const names = [...headers.keys(), ...announced].filter(isChecksumHeader);
  if (names.length > 1) {
    throw new S3Error("InvalidRequest", { message: "Expecting a single x-amz-checksum- header." });
  }
  return names[0] ?? null;
}

/** `Content-MD5` and the payload hash of the signature. */
function headerChecks(headers: Headers): Check[] {
  const checks: Check[] = [];
  const md5 = headers.get("content-md5");
  if (md5 !== null) {
    if (Buffer.from(md5, "base64").length !== 16) throw new S3Error("InvalidDigest");
    const digest = createHash("md5");
    checks.push({
      header: "content-md5",
      digest,
      encoding: "base64",
      mismatch: "BadDigest",
      expected: () => md5,
    });
  }
  const sha256 = headers.get("x-amz-content-sha256") ?? "";
  if (/^[0-9a-f]{64}$/.test(sha256)) {
    checks.push({
      header: "x-amz-content-sha256",
      digest: createHash("sha256"),
      encoding: "hex",
      mismatch: "XAmzContentSHA256Mismatch",
      expected: () => sha256,
    });
  }
  return checks;
}

function checksumCheck(header: string, headers: Headers, trailers: ReadonlyMap<string, string>): Check {
  return {
    header,
    digest: checksumDigest(header),
    encoding: "base64",
    mismatch: "BadDigest",
    expected() {
      const value = headers.get(header) ?? trailers.get(header);
      if (value === undefined) throw new S3Error("MalformedTrailerError");
      return value;
    },
  };
}
