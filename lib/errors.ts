/**
 * Everything that can go wrong with a request, by its stable code: the HTTP status and the title of its problem
 * document (RFC 9457). Only the HTTP edge turns a code into a response.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "The request is invalid" },
  range_too_large: { status: 400, title: "The range holds too much data" },
  unauthenticated: { status: 401, title: "The request carries no verified token" },
  malformed_claim: { status: 403, title: "The token's reseller claim is malformed" },
  unknown_account: { status: 403, title: "The token's account has no valid list of resellers" },
  not_found: { status: 404, title: "The requested resource does not exist" },
  month_not_closed: { status: 404, title: "The month is not closed" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  not_acceptable: { status: 406, title: "No acceptable format" },
  body_too_large: { status: 413, title: "The request body is too large" },
  result_too_large: { status: 413, title: "The report is too large for one answer" },
  unsupported_media_type: { status: 415, title: "The request body's media type is not supported" },
  too_many_queries: { status: 429, title: "Too many new queries" },
  internal_error: { status: 500, title: "Something went wrong on our side" },
  snapshot_damaged: { status: 503, title: "Stored billing data is damaged" },
  engine_unavailable: { status: 503, title: "The service is busy" },
  engine_timeout: { status: 504, title: "The report took too long" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One problem of a request: the parameter, a stable code, and what to do. */
export interface RequestError {
  /** The parameter or body member as the caller wrote it; empty for the whole request. */
  readonly parameter: string;
  readonly code: string;
  readonly message: string;
}

/** A reseller, as responses name it. */
export interface NamedReseller {
  readonly reseller_id: string;
  readonly reseller_name: string;
}

interface ServiceErrorOptions {
  /** Every problem found in the request; sent only with status 400. */
  readonly errors?: readonly RequestError[];
  /** The resellers whose figures the answer would contain; sent only with `result_too_large`. */
  readonly resellers?: readonly NamedReseller[];
  /** Headers of this response, such as `allow` or `retry-after`, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The internal reason. It is logged and never sent. */
  readonly cause?: unknown;
}

/** A failure with its code. `message` is the `detail` that the caller reads: it says what to do. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ProblemCode;
  readonly errors: readonly RequestError[];
  readonly resellers: readonly NamedReseller[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, options: ServiceErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors ?? [];
    this.resellers = options.resellers ?? [];
    this.headers = options.headers ?? {};
  }
}

/**
 * The reason why a scheduled run failed, with a stable code. `message` is written for the log: it says what to do and
 * contains no customer data.
 */
export abstract class RunError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An internal error. The caller learns only the request id; `reason` and `cause` are logged. */
export function internalError(reason: string, cause?: unknown): ServiceError {
  return new ServiceError(
    "internal_error",
    "The answer could not be made. Try again. If the error persists, contact support with the request_id.",
    { cause: new Error(reason, { cause }) },
  );
}
