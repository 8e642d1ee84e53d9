import type { IncomingMessage } from "node:http";
import type { JwtAuthorization } from "./authorizer.ts";

/** A request as the gateway received it. */
export interface TakenRequest {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly requestId: string;
  readonly routeKey: string;
  /** The values of the route's placeholders; undefined if it has none. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly authorization: JwtAuthorization | undefined;
}

/**
 * Builds the event of payload format 2.0. Header names are in lower case, and repeated headers and query keys are
 * joined by commas. The query string is raw, and a body that is not text is in base64.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function payloadV2({
  message,
  body,
  requestId,
  routeKey,
  pathParameters,
  authorization,
}: TakenRequest): object {
  const [path, rawQueryString = ""] = splitOnce(message.url ?? "/", "?");
  const headers = joined(
    Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value) => [name, value]),
    ),
  );
  const query = joined([...new URLSearchParams(rawQueryString)]);
  const cookies = message.headersDistinct["cookie"]?.flatMap((cookie) => cookie.split("; "));
  const { cookie: _, ...otherHeaders } = headers;
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(headers["content-type"] ?? "");
  const now = new Date();
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: otherHeaders,
    ...(rawQueryString !== "" && { queryStringParameters: query }),
    ...(pathParameters && { pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      ...(authorization && { authorizer: { jwt: authorization } }),
      domainName: headers["host"] ?? "",
      domainPrefix: "local",
      http: {
        method: message.method ?? "GET",
        path,
        protocol: `HTTP/${message.httpVersion}`,
        sourceIp: message.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function joined(pairs: readonly (readonly string[])[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name = "", value = ""] of pairs) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(values);
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(instant: Date): string {
  const [, day, month, year, time] = instant.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}
