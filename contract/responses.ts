import * as z from "zod";
import type { ZodOpenApiResponseObject } from "zod-openapi";
import { PROBLEMS, type ProblemCode } from "../lib/errors.ts";
import { EitherError, GatewayMessage, InvalidRequest, Problem, TooLarge } from "./answers.ts";

/** Recorded answers by name, for one status and media type. */
export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

/** The recorded answers of an operation: `examplesOf(status, media type)`. */
export type ExamplesOf = (status: number, mediaType: string) => Examples;

const text = (description: string) => z.string().optional().meta({ header: { description } });

const COMMON = z.object({
  "x-request-id": text("Names the request for support."),
  "cache-control": text("`private, no-store`; `private, no-cache` with an `etag`."),
  vary: text("`accept, accept-encoding, authorization`"),
  "strict-transport-security": text("Browsers use only HTTPS. Absent in answers of the gateway itself."),
  "x-content-type-options": text("`nosniff`. Absent in answers of the gateway itself."),
});

const RETRY_AFTER = z
  .string()
  .regex(/^[0-9]+$/)
  .optional()
  .meta({
    header: { description: "Try again after this many seconds. Absent in answers of the gateway itself." },
  });

const FILE = { "content-disposition": text("Only in CSV: names a file.") };
const TAG = {
  etag: text(
    "Send it back as `if-none-match`. Absent in reports of days that may still change at any moment.",
  ),
};

/** The headers of each status. */
const HEADERS: Readonly<Record<number, z.ZodRawShape>> = {
  401: { "www-authenticate": text("If the gateway refused the request: the reason.") },
  403: { "www-authenticate": text("If the gateway refused the request: the reason.") },
  415: { "accept-post": text("The media type that a POST takes.") },
  429: { "retry-after": RETRY_AFTER },
  503: { "retry-after": RETRY_AFTER },
};

/** Problem documents with additional members. */
const SCHEMAS: Readonly<Record<number, z.ZodType>> = { 400: InvalidRequest, 413: TooLarge };

/** The answers of the gateway itself. */
const GATEWAY: Readonly<Record<number, string>> = {
  401: "no token, or one that has expired or is not for this API",
  403: "the token lacks the required scope",
  429: "too many requests: try again, later each time",
  431: "request line and headers are over 10,240 bytes: POST the filters, or use a smaller token",
  500: "the gateway failed",
  503: "the service did not answer within 30 seconds",
};

/** A 200, as JSON and, if available, as CSV. */
export function success(
  description: string,
  schema: z.core.$ZodType,
  examplesOf: ExamplesOf,
  { csv = false, tagged = false }: { readonly csv?: boolean; readonly tagged?: boolean } = {},
): ZodOpenApiResponseObject {
  return {
    description,
    headers: COMMON.extend({ ...(csv && FILE), ...(tagged && TAG) }),
    content: {
      ...content("application/json", schema, 200, examplesOf),
      ...(csv && content("text/csv", z.string(), 200, examplesOf)),
    },
  };
}

/** A 304. */
export const NOT_MODIFIED: ZodOpenApiResponseObject = {
  description: "The answer that `if-none-match` names is still current.",
  headers: COMMON.extend(TAG),
};

/** Statuses with the same answer for every operation: components of the document. */
const SHARED: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  406: "NotAcceptable",
  429: "TooManyRequests",
  431: "RequestHeaderFieldsTooLarge",
  500: "InternalServerError",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
};

/**
 * Builds the errors of an operation by status: the service's errors with these codes, and the gateway's.
 *
 * @param known answers built for earlier operations: a shared answer must be one object
 */
export function errors(
  codes: readonly ProblemCode[],
  examplesOf: ExamplesOf,
  known: Map<number, ZodOpenApiResponseObject>,
): Record<`${number}`, ZodOpenApiResponseObject> {
  const own = codes.map((code) => PROBLEMS[code].status);
  const statuses = [...new Set([...own, ...Object.keys(GATEWAY).map(Number)])].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const response = known.get(status) ?? error(status, codes, examplesOf);
      if (SHARED[status] !== undefined) known.set(status, response);
      return [`${status}`, response] as const;
    }),
  );
}

function error(
  status: number,
  codes: readonly ProblemCode[],
  examplesOf: ExamplesOf,
): ZodOpenApiResponseObject {
  const own = codes.filter((code) => PROBLEMS[code].status === status);
  const takesBody = own.includes("body_too_large");
  const gateway = takesBody ? "the request is over 6 MB" : GATEWAY[status];
  const said = [
    ...own.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`),
    ...(gateway === undefined ? [] : [`The gateway: ${gateway}.`]),
  ];
  const id = SHARED[status];
  const schema = SCHEMAS[status] ?? Problem;
  const asJson = own.length > 0 ? EitherError : GatewayMessage;
  return {
    ...(id !== undefined && { id }),
    description: said.join(" "),
    headers: COMMON.extend(HEADERS[status] ?? {}),
    content: {
      ...(gateway !== undefined && content("application/json", asJson, status, examplesOf)),
      ...(own.length > 0 && content("application/problem+json", schema, status, examplesOf)),
    },
  };
}

function content(mediaType: string, schema: z.core.$ZodType, status: number, examplesOf: ExamplesOf) {
  const examples = examplesOf(status, mediaType);
  const some = Object.keys(examples).length > 0;
  return { [mediaType]: { schema, ...(some && { examples: { ...examples } }) } };
}
