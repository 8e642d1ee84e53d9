import type { MiddlewareObj } from "@middy/core";
import { internalError, ServiceError } from "../errors.ts";
import { problemResponse } from "./problem.ts";
import { requestLine, startRecord, type WriteLine } from "./record.ts";
import { type HttpRequest, parseHttpEvent } from "./request.ts";
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
      request.event = parseHttpEvent(request.event, now());
    },
    after: ({ event, response }) => {
      write(requestLine(event.record, response?.statusCode ?? 500, now()));
    },
    onError: (request) => {
      const { error, event, context } = request;
      const known = error instanceof ServiceError ? error : internalError("unexpected", error);
      const record = event.record ?? startRecord({ requestId: context.awsRequestId }, now());
      const response = problemResponse(known, String(record.facts["requestId"]));
      write(requestLine(record, response.statusCode, now(), known));
      request.response = response;
    },
  };
}
