import { PROBLEMS, type ServiceError } from "../errors.ts";
import { commonHeaders, type Response } from "./response.ts";

/**
 * Renders the problem document of an error (RFC 9457): `type, title, status, detail, request_id`, for status 400
 * `errors`, and for a result that is too large the `resellers` to ask for separately. It contains nothing of the
 * cause.
 */
export function problemResponse(error: ServiceError, requestId: string): Response {
  const { status, title } = PROBLEMS[error.code];
  const document = {
    type: `/problems/${error.code}`,
    title,
    status,
    detail: error.message,
    request_id: requestId,
    ...(status === 400 && { errors: error.errors }),
    ...(error.code === "result_too_large" && { resellers: error.resellers }),
  };
  return {
    statusCode: status,
    headers: { "content-type": "application/problem+json", ...commonHeaders(requestId), ...error.headers },
    body: JSON.stringify(document),
  };
}
