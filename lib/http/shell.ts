import type { MiddlewareObj } from "@middy/core";
import { internalError, ServiceError } from "../errors.ts";
import type { WriteLine } from "../log.ts";
import { type HttpRequest, parseHttpEvent } from "./http-request.ts";
import { problemResponse } from "./problem.ts";
import { type RequestRecord, startRecord } from "./request-record.ts";
import { type Response, SECURITY_HEADERS } from "./response.ts";

interface Shell {
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
  /** The key of the hash that names callers in the log; see `callerHash`. */
  readonly callerHashKey?: string | undefined;
}

/**
 * Wraps every HTTP request: validates the gateway's event, turns thrown errors into problem documents, sends no body
 * to a HEAD request, and writes one log line for each request.
 */
export function httpShell({ now, write, callerHashKey }: Shell): MiddlewareObj<HttpRequest, Response> {
  return {
    before: (request) => {
      request.event = parseHttpEvent(request.event, request.context.functionName, now, callerHashKey);
    },
    after: (request) => {
      const { event, response } = request;
      if (!response) return;
      request.response = sent(response, event.isHead);
      write(event.record.line(sizeOf(request.response)));
    },
    onError: (request) => {
      const { error, event, context } = request;
      const known = error instanceof ServiceError ? error : internalError("unexpected", error);
      const { awsRequestId: requestId, functionName } = context;
      // An event that could not be read has no record.
      const record: RequestRecord = event.record ?? startRecord({ requestId, functionName }, now);
      const response = sent(problemResponse(known, record.facts.requestId), event.isHead);
      write(record.line(sizeOf(response), known));
      request.response = response;
    },
  };
}

/** Adds the headers of every response, and removes the body for a HEAD request. */
function sent({ headers, ...response }: Response, isHead: boolean): Response {
  const secured = { ...response, headers: { ...headers, ...SECURITY_HEADERS } };
  return isHead ? { ...secured, body: "", isBase64Encoded: false } : secured;
}

function sizeOf({ statusCode, body }: Response): { status: number; bytes: number } {
  return { status: statusCode, bytes: Buffer.byteLength(body) };
}
