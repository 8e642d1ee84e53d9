import * as z from "zod/mini";
import { internalError, ServiceError } from "../errors.ts";
import { invalidRequest } from "../request/report-request.ts";
import { callerHash } from "./caller.ts";
import { type RequestRecord, startRecord } from "./request-record.ts";

/** The most text of an event that is logged: a manual event must not make the line long. */
const loggedText = z.string().check(z.maxLength(200));

/**
 * The parts that the service reads of an API Gateway HTTP API event, payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const httpEvent = z.object({
  rawPath: z.optional(z.string()),
  rawQueryString: z.string(),
  /** Names in lower case; the gateway joins repeated headers with commas. */
  headers: z.nullish(z.record(z.string(), z.optional(z.string()))),
  /** The values of the route's path parameters. */
  pathParameters: z.nullish(z.record(z.string(), z.string())),
  body: z.optional(z.unknown()),
  isBase64Encoded: z.nullish(z.boolean()),
  requestContext: z.object({
    requestId: loggedText,
    http: z.object({ method: loggedText }),
    authorizer: z.optional(z.unknown()),
  }),
});

/**
 * A request as the handlers see it: the validated event of the gateway, and the record of its progress. A HEAD
 * request appears as a GET.
 */
export type HttpRequest = z.infer<typeof httpEvent> & {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whether only the status and the headers are sent. */
  readonly isHead: boolean;
  readonly record: RequestRecord;
  /** Members that a JSON body contains more than once. */
  repeatedMembers?: readonly string[];
};

const jwtAuthorizer = z.object({ jwt: z.object({ claims: z.record(z.string(), z.unknown()) }) });

/** @throws ServiceError `internal_error` if the event has another form: the function is integrated wrongly */
export function parseHttpEvent(
  event: unknown,
  functionName: string,
  now: () => number,
  callerHashKey?: string,
): HttpRequest {
  const { data, error } = httpEvent.safeParse(event);
  if (data === undefined) throw internalError("not an event of an HTTP API, payload format 2.0", error);
  const { requestId, http, authorizer } = data.requestContext;
  const caller = callerHash(jwtAuthorizer.safeParse(authorizer).data?.jwt.claims ?? {}, callerHashKey);
  const isHead = http.method === "HEAD";
  return {
    ...data,
    headers: data.headers ?? {},
    requestContext: { ...data.requestContext, http: { method: isHead ? "GET" : http.method } },
    isHead,
    record: startRecord({ requestId, functionName, method: http.method, ...(caller && { caller }) }, now),
  };
}

/**
 * Returns the claims of the token that the gateway has verified.
 *
 * @throws ServiceError `unauthenticated` if there are none: a route without its authorizer fails closed
 */
export function verifiedClaims({ requestContext }: HttpRequest): Readonly<Record<string, unknown>> {
  const { data } = jwtAuthorizer.safeParse(requestContext.authorizer);
  if (data === undefined) {
    throw new ServiceError("unauthenticated", "Send a bearer token that the gateway accepts.");
  }
  return data.jwt.claims;
}

/**
 * Refuses every other method, and a GET with a body. HEAD is allowed wherever GET is.
 *
 * @throws ServiceError `method_not_allowed`, whose `allow` lists the allowed methods; `invalid_request`
 */
export function requireMethod({ requestContext, body }: HttpRequest, allowed: readonly string[]): void {
  const { method } = requestContext.http;
  if (!allowed.includes(method)) {
    const allow = allowed.flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each])).join(", ");
    throw new ServiceError("method_not_allowed", `Use ${allow}.`, { headers: { allow } });
  }
  if (method !== "GET" || body === undefined || body === null || body === "") return;
  const message = "A GET takes no body. Put everything into the query string, or send a POST.";
  throw invalidRequest([{ parameter: "", code: "unexpected_body", message }]);
}
