import { element } from "./xml.ts";

/**
 * The errors that this S3 answers, with S3's own codes and statuses
 * (Amazon S3 API Reference, "Error responses").
 */
const ERRORS = {
  AccessDenied: { status: 403, message: "Access Denied" },
  BadDigest: { status: 400, message: "A checksum you specified did not match what we received." },
  BucketAlreadyOwnedByYou: { status: 409, message: "You already own a bucket of this name." },
  EntityTooLarge: { status: 400, message: "Your proposed upload exceeds the maximum allowed object size." },
  IncompleteBody: { status: 400, message: "The body has another length than the request declared." },
  InternalError: { status: 500, message: "We encountered an internal error. Please try again." },
  InvalidArgument: { status: 400, message: "Invalid Argument" },
  InvalidBucketName: { status: 400, message: "The specified bucket is not valid." },
  InvalidRange: { status: 416, message: "The requested range is not satisfiable" },
  InvalidRequest: { status: 400, message: "The request is not valid." },
  InvalidURI: { status: 400, message: "Couldn't parse the specified URI." },
  KeyTooLongError: { status: 400, message: "Your key is too long" },
  MetadataTooLarge: { status: 400, message: "Your metadata headers exceed the maximum allowed size." },
  MethodNotAllowed: { status: 405, message: "The specified method is not allowed against this resource." },
  MissingContentLength: { status: 411, message: "You must provide the Content-Length HTTP header." },
  NoSuchBucket: { status: 404, message: "The specified bucket does not exist" },
  NoSuchKey: { status: 404, message: "The specified key does not exist." },
  NotImplemented: { status: 501, message: "The request implies functionality that is not implemented." },
  PreconditionFailed: {
    status: 412,
    message: "At least one of the preconditions you specified did not hold.",
  },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
  },
} as const;

export type S3ErrorCode = keyof typeof ERRORS;

/** A request that S3 refuses. `details` become elements of the error's XML, as S3 has for some codes. */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly code: S3ErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: S3ErrorCode,
    options: { message?: string; details?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(options.message ?? ERRORS[code].message, { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.details = options.details ?? {};
  }
}

/** Converts anything thrown while answering a request to an S3 error; a bug of the server is InternalError. */
export function toS3Error(thrown: unknown): S3Error {
  return thrown instanceof S3Error ? thrown : new S3Error("InternalError", { cause: thrown });
}

/** Renders the XML body of an error answer. */
export function errorXml(error: S3Error, resource: string, requestId: string): string {
  return element("Error", [
    element("Code", error.code),
    element("Message", error.message),
    ...Object.entries(error.details).map(([name, value]) => element(name, value)),
    element("Resource", resource),
    element("RequestId", requestId),
  ]).document();
}
