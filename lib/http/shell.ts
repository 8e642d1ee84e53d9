import type { MiddlewareObj } from "@middy/core";
import { internalError, ServiceError } from "../errors.ts";
import type { WriteLine } from "../log.ts";
import { type HttpRequest, parseHttpEvent } from "./http-request.ts";
import { problemResponse } from "./problem.ts";
import { type RequestRecord, startRecord } from "./request-record.ts";
import type { Response } from "./response.ts";

interface Shell {
  /** The present instant, milliseconds since 1970. */
  readonly now: () => number;
  readonly write: WriteLine;
}

/**
 * What surrounds every HTTP request: checks the gateway's event, turns whatever is thrown into a problem
 * document, and writes the request's one line of log.
 */
export function httpShell({ now, write }: Shell): MiddlewareObj<HttpRequest, Response> {
  return {
    before: (request) => {
      request.event = parseHttpEvent(request.event, request.context.functionName, now);
    },
    after: ({ event, response }) => {
      if (response) write(event.record.line(sizeOf(response)));
    },
    onError: (request) => {
      const { error, event, context } = request;
      const known = error instanceof ServiceError ? error : internalError("unexpected", error);
      const { awsRequestId: requestId, functionName } = context;
      // An event that could not be read has no record.
      const record: RequestRecord = event.record ?? startRecord({ requestId, functionName }, now);
      const response = problemResponse(known, record.facts.requestId);
      write(record.line(sizeOf(response), known));
      request.response = response;
    },
  };
}

function sizeOf({ statusCode, body }: Response): { status: number; bytes: number } {
  return { status: statusCode, bytes: Buffer.byteLength(body) };
}
