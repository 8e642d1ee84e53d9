import { REPORTS } from "../lib/reports/table.ts";
import type { FunctionName } from "./functions.ts";
import type { Parameters } from "./parameters.ts";

/** What the routes need to know about the deployment. */
export type RouteParameters = Pick<Parameters, "allowedOrigins" | "requiredScopes">;

/**
 * A path of the API: the function that answers, and whether callers need a token. A segment `{name}` matches any
 * segment.
 */
export interface Route {
  readonly path: string;
  readonly function: FunctionName;
  readonly access: "token" | "public";
}

/** Every route, deployed and local. */
export const ROUTES: readonly Route[] = [
  ...REPORTS.map(({ path }): Route => ({ path, function: "reports", access: "token" })),
  { path: "/v1/billing/snapshots", function: "billing-snapshots-api", access: "token" },
  { path: "/v1/billing/snapshots/{period}", function: "billing-snapshots-api", access: "token" },
  {
    path: "/v1/billing/snapshots/{period}/adjustments",
    function: "billing-snapshots-api",
    access: "token",
  },
  { path: "/v1/billing/bills", function: "billing-snapshots-api", access: "token" },
  { path: "/v1/billing/bills/{number}", function: "billing-snapshots-api", access: "token" },
  { path: "/openapi.json", function: "documentation", access: "public" },
  { path: "/llms.txt", function: "documentation", access: "public" },
  { path: "/docs", function: "documentation", access: "public" },
  { path: "/docs/{file}", function: "documentation", access: "public" },
];

const EVERY_METHOD_BUT_OPTIONS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"];

/** Returns the routes of each function, as events of serverless.yml. */
export function events(parameters: RouteParameters): Record<string, object[]> {
  const byFunction = Object.groupBy(ROUTES, (route) => route.function);
  return Object.fromEntries(
    Object.entries(byFunction).map(([name, routes]) => [
      name,
      routes.flatMap((route) => eventsOf(route, parameters)),
    ]),
  );
}

/**
 * Builds the gateway's routes for one path, with the JWT authorizer unless the path is public.
 *
 * There is one `ANY` route, so that the function itself answers 405 with `allow`. If browsers may call, the methods
 * are listed instead. `ANY` would also match the browser's preflight, which carries no token, and the authorizer
 * would refuse it. Without a route for `OPTIONS` the gateway answers from the API's CORS configuration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html). Public paths are fetched with a
 * plain GET, which has no preflight.
 */
export function eventsOf(
  { path, access }: Pick<Route, "path" | "access">,
  { allowedOrigins, requiredScopes }: RouteParameters,
) {
  const isPlain = allowedOrigins.length === 0 || access === "public";
  const methods = isPlain ? ["ANY"] : EVERY_METHOD_BUT_OPTIONS;
  return methods.map((method) => ({
    httpApi: {
      method,
      path,
      ...(access === "token" && { authorizer: { name: "jwt", scopes: requiredScopes } }),
    },
  }));
}

/** Returns the API's CORS configuration for serverless.yml; false, which means none, without an origin. */
export function cors({ allowedOrigins }: RouteParameters) {
  if (allowedOrigins.length === 0) return false;
  return {
    allowedOrigins,
    allowedMethods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "accept", "if-none-match"],
    exposedResponseHeaders: ["x-request-id", "retry-after", "content-disposition", "etag"],
    // Browsers ask again after this many seconds. Chromium's maximum is two hours.
    maxAge: 7200,
  };
}

/** The public routes, by the key that the gateway knows them by. Each is one `ANY` route. */
const PUBLIC_KEYS = ROUTES.filter(({ access }) => access === "public").map(({ path }) => `ANY ${path}`);

/** A throttle of its own for each public route, in the terms of the gateway's stage. */
export function publicThrottles({
  documentationRate,
  documentationBurst,
}: Pick<Parameters, "documentationRate" | "documentationBurst">): Record<string, object> {
  const throttle = { ThrottlingRateLimit: documentationRate, ThrottlingBurstLimit: documentationBurst };
  return Object.fromEntries(PUBLIC_KEYS.map((key) => [key, throttle]));
}

/** How osls names the public routes in the template: `HttpApiRouteAnyDocsFileVar` for `ANY /docs/{file}`. */
export function publicRouteIds(): string[] {
  return PUBLIC_KEYS.map((key) => {
    const path = key
      .slice("ANY /".length)
      .replace(/\{(\w+)\}/g, "$1Var")
      .split("/")
      .map((part) => part.replace(/\W/g, ""))
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1));
    return `HttpApiRouteAny${path.join("")}`;
  });
}
