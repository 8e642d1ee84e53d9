import { REPORTS } from "../lib/reports/table.ts";
import type { FunctionName } from "./functions.ts";
import type { Parameters } from "./parameters.ts";

/** What the routes need to know of the deployment. */
export type RouteParameters = Pick<Parameters, "allowedOrigins" | "requiredScopes">;

/** A path of the API: which function answers, and whether callers need a token. A segment `{name}` is any one. */
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

/** The routes of each function, as events in the terms of serverless.yml. */
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
 * The gateway's routes for one path, behind the JWT authorizer unless the path is public.
 *
 * One `ANY` route, so that the function itself answers 405 with `allow`. Where browsers may call, the methods
 * are listed instead: `ANY` would catch the browser's preflight too, and the authorizer would refuse it, for a
 * preflight carries no token; without a route of its own the gateway answers `OPTIONS` from the API's CORS
 * configuration (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html). What is public is
 * fetched with a plain GET, which has no preflight.
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

/** The API's CORS configuration in the terms of serverless.yml; false, none at all, where no origin is given. */
export function cors({ allowedOrigins }: RouteParameters) {
  if (allowedOrigins.length === 0) return false;
  return {
    allowedOrigins,
    allowedMethods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "accept", "if-none-match"],
    exposedResponseHeaders: ["x-request-id", "retry-after", "content-disposition", "etag"],
    // Browsers ask again after this many seconds; two hours is the most that Chromium keeps.
    maxAge: 7200,
  };
}
