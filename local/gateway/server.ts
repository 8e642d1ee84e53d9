import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import * as z from "zod";
import type { LocalFunction } from "../lambda/function.ts";
import { type LocalServer, listen } from "../listen.ts";
import type { Authorizer } from "./authorizer.ts";
import { payloadV2 } from "./event.ts";

/** A route for any method on a path; a segment `{name}` matches any segment. */
export interface Route {
  readonly path: string;
  readonly target: LocalFunction;
  /** Undefined for a route that needs no token. */
  readonly authorizer: Authorizer | undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_HEADER_BYTES = 10_240;
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** The statuses of the gateway itself, and their fixed messages. */
const MESSAGES = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

const functionResponse = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

/** An answer of the gateway itself, in AWS's fixed format. */
class GatewayAnswer extends Error {
  readonly status: keyof typeof MESSAGES;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: keyof typeof MESSAGES, headers: Readonly<Record<string, string>> = {}) {
    super(MESSAGES[status]);
    this.status = status;
    this.headers = headers;
  }
}

/** Answers what does not belong to the API, as CloudFront does in front of the gateway; returns false for the API. */
export type Site = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Works like an API Gateway HTTP API in front of local functions: its limits, authorizer, events and errors.
 *
 * @param site answers first, from the same origin
 * @param timeout milliseconds until the gateway answers 503; by default the gateway's own limit
 * @param allows whether the rate of requests allows one more; by default always
 */
export function startGateway(
  port: number,
  routes: readonly Route[],
  site: Site = () => false,
  timeout: number = TIMEOUT_MS,
  allows: () => boolean = () => true,
): Promise<LocalServer> {
  return listen(
    port,
    async (request, response) => {
      if (site(request, response)) return;
      const requestId = randomUUID();
      try {
        if (!allows()) throw new GatewayAnswer(429);
        await forward(request, response, { routes, requestId, timeout });
      } catch (error) {
        if (!(error instanceof GatewayAnswer))
          process.stderr.write(`gateway: ${requestId}: ${String(error)}\n`);
        const answer = error instanceof GatewayAnswer ? error : new GatewayAnswer(500);
        const headers = {
          "content-type": "application/json",
          "apigw-requestid": requestId,
          ...answer.headers,
        };
        send(response, answer.status, headers, Buffer.from(JSON.stringify({ message: answer.message })));
      }
    },
    { maxHeaderSize: 65_536 },
  );
}

async function forward(
  message: IncomingMessage,
  response: ServerResponse,
  { routes, requestId, timeout }: { routes: readonly Route[]; requestId: string; timeout: number },
): Promise<void> {
  if (headerBytes(message) > MAX_HEADER_BYTES) throw new GatewayAnswer(431);
  const path = (message.url ?? "/").replace(/\?.*$/s, "");
  const { route, pathParameters } = routeOf(path, routes);
  const authorization = await route.authorizer?.(message.headers.authorization);
  if (authorization !== undefined && "status" in authorization) {
    const { status, description } = authorization;
    const error = status === 401 ? "invalid_token" : "insufficient_scope";
    const challenge = `Bearer scope="" error="${error}" error_description="${description}"`;
    throw new GatewayAnswer(status, { "www-authenticate": challenge });
  }
  const body = await readBody(message);
  const event = payloadV2({
    message,
    body,
    requestId,
    routeKey: `ANY ${route.path}`,
    pathParameters,
    authorization,
  });
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) throw new GatewayAnswer(413);
  const result = functionResponse.parse(
    JSON.parse(await withTimeout(route.target.invoke(event, requestId), timeout)),
  );
  const { statusCode, headers, cookies, body: text, isBase64Encoded } = result;
  const ownHeaders = { "apigw-requestid": requestId, ...(cookies.length > 0 && { "set-cookie": cookies }) };
  send(
    response,
    statusCode,
    { ...headers, ...ownHeaders },
    Buffer.from(text, isBase64Encoded ? "base64" : "utf8"),
  );
}

/**
 * Finds the route of a path (routes without placeholders first) and the decoded values of its placeholders.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
function routeOf(path: string, routes: readonly Route[]) {
  const exact = routes.find((known) => known.path === path);
  if (exact !== undefined) return { route: exact, pathParameters: undefined };
  for (const route of routes.filter((known) => known.path.includes("{"))) {
    const pattern = route.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
    const groups = new RegExp(`^${pattern}$`).exec(path)?.groups;
    if (groups === undefined) continue;
    const pairs = Object.entries(groups).map(([name, value]) => [name, decoded(value)]);
    return { route, pathParameters: Object.fromEntries(pairs) };
  }
  throw new GatewayAnswer(404);
}

/** Keeps a malformed escape unchanged. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function send(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
  // RFC 9110, 8.6: a 304 and an answer to HEAD have the length of the answer that they stand for.
  const isBodiless = status === 304 || response.req.method === "HEAD";
  const length = isBodiless ? {} : { "content-length": body.length };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

/** Bytes of request line and headers together. */
function headerBytes(message: IncomingMessage): number {
  const line = `${message.method} ${message.url} HTTP/${message.httpVersion}`;
  return Buffer.byteLength(line) + Buffer.byteLength(message.rawHeaders.join(": "));
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_EVENT_BYTES) throw new GatewayAnswer(413, { connection: "close" });
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

async function withTimeout<T>(answer: Promise<T>, timeout: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GatewayAnswer(503)), timeout);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
