/** Events as an API Gateway HTTP API sends them (payload format 2.0), and the context of an invocation. */
import type { Context } from "aws-lambda";

export interface Sent {
  /** The route's path; by default the main report's. */
  readonly path?: string;
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  /** The verified token's claims; null for a route without its authorizer. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
}

export const REQUEST_ID = "JKJaXmPLvHcESHA=";

export function gatewayEvent({
  path = "/v1/reports/minutes-by-organization",
  method = "GET",
  query = "",
  headers,
  body,
  isBase64Encoded,
  claims = {},
}: Sent) {
  return {
    version: "2.0",
    routeKey: `ANY ${path}`,
    rawPath: path,
    rawQueryString: query,
    headers: { host: "api.example.com", "user-agent": "portal/1.0", ...headers },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      ...(claims && { authorizer: { jwt: { claims, scopes: null } } }),
      domainName: "api.example.com",
      http: {
        method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
      },
      requestId: REQUEST_ID,
      routeKey: `ANY ${path}`,
      stage: "$default",
      timeEpoch: 1_777_636_800_000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: isBase64Encoded ?? false,
  };
}

/** @param remaining milliseconds that the function has left */
export function invocation(remaining = 29_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "minutes-by-organization",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:minutes-by-organization",
    memoryLimitInMB: "1024",
    awsRequestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    logGroupName: "group",
    logStreamName: "stream",
    getRemainingTimeInMillis: () => remaining,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
