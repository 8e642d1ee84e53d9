import type { Parameters } from "./parameters.ts";

/** What the routes need to know of the deployment. */
export type RouteParameters = Pick<Parameters, "allowedOrigins" | "requiredScopes">;

const EVERY_METHOD_BUT_OPTIONS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"];

/**
 * The gateway's routes for one path, all behind the JWT authorizer, but for the documentation's, which are public.
 *
 * One `ANY` route, so that the function itself answers 405 with `allow`. Where browsers may call, the methods
 * are listed instead: `ANY` would catch the browser's preflight too, and the authorizer would refuse it, for a
 * preflight carries no token; without a route of its own the gateway answers `OPTIONS` from the API's CORS
 * configuration (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html). What is public is
 * fetched with a plain GET, which has no preflight.
 */
export function routes(
  path: string,
  { allowedOrigins, requiredScopes }: RouteParameters,
  access: "token" | "public" = "token",
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
