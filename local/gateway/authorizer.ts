import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

export interface AuthorizerSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Scopes of which the token must carry one; empty if none is required. */
  readonly scopes: readonly string[];
}

/** What the gateway adds to the event: claims as text, and the scopes that the route required. */
export interface JwtAuthorization {
  readonly claims: Readonly<Record<string, string>>;
  readonly scopes: readonly string[] | null;
}

/** Verifies a request's token; returns the status and description of a refusal otherwise. */
export type Authorizer = (
  authorization: string | undefined,
) => Promise<JwtAuthorization | { readonly status: 401 | 403; readonly description: string }>;

/**
 * Works like the JWT authorizer of an HTTP API. It checks the signature by the issuer's keys (RSA only), issuer,
 * audience (`aud`, else `client_id`), `exp`, `nbf`, `iat`, and one of the route's scopes.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function jwtAuthorizer({ issuer, audience, scopes }: AuthorizerSettings): Authorizer {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return async (authorization) => {
    const token = authorization?.replace(/^Bearer /i, "");
    if (!token) return { status: 401, description: "the token is missing" };
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ["RS256", "RS384", "RS512"] });
      if (![payload.aud ?? payload["client_id"]].flat().includes(audience)) {
        return { status: 401, description: "the token has an invalid audience" };
      }
      if (payload.exp === undefined) return { status: 401, description: "the token has no expiry" };
      if ((payload.iat ?? 0) > Date.now() / 1_000)
        return { status: 401, description: "the token is not valid yet" };
      if (scopes.length > 0 && !grantedScopes(payload).some((scope) => scopes.includes(scope))) {
        return { status: 403, description: "the token lacks the scope" };
      }
      return { claims: claimsAsText(payload), scopes: scopes.length > 0 ? scopes : null };
    } catch (error) {
      const isExpired = error instanceof errors.JWTExpired;
      return { status: 401, description: isExpired ? "the token has expired" : "the token is invalid" };
    }
  };
}

function grantedScopes(payload: JWTPayload): string[] {
  const scopes = payload["scope"] ?? payload["scp"];
  if (Array.isArray(scopes)) return scopes.map(String);
  return typeof scopes === "string" ? scopes.split(" ") : [];
}

/** Renders claims as the gateway does: all text, an array as `[a b]`, null omitted. */
function claimsAsText(payload: JWTPayload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(payload).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, claimAsText(value)]],
    ),
  );
}

function claimAsText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimAsText).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `map[${Object.entries(value)
    .map(([name, member]) => `${name}:${claimAsText(member)}`)
    .join(" ")}]`;
}
