import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import * as z from "zod";
import { type LocalServer, listen } from "../listen.ts";

/** The audience of the tokens that the local issuer gives. */
export const AUDIENCE = "minutes-service";

const ALGORITHM = "RS256";
const KEY_ID = "local";

const tokenRequest = z.object({
  grant_type: z.literal("client_credentials"),
  client_id: z.string().default("local"),
  scope: z.string().optional(),
  /** Beyond OAuth, for this machine alone: further claims as JSON, and the token's life in seconds. */
  claims: z
    .string()
    .default("{}")
    .transform((json, context) => {
      try {
        return z.record(z.string(), z.unknown()).parse(JSON.parse(json));
      } catch {
        context.issues.push({ code: "custom", message: "must be a JSON object", input: json });
        return z.NEVER;
      }
    }),
  expires_in: z.coerce.number().int().default(3_600),
});

/**
 * A local OpenID provider: discovery, JWKS and `POST /oauth/token` (client credentials, any client). Its keys
 * live as long as it does.
 */
export async function startIssuer(port: number): Promise<LocalServer> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: "sig" }] };
  return listen(port, async (request, response) => {
    const issuer = `http://127.0.0.1:${request.socket.localPort}`;
    const route = `${request.method} ${request.url}`;
    if (route === "GET /.well-known/openid-configuration") return reply(response, 200, discovery(issuer));
    if (route === "GET /.well-known/jwks.json") return reply(response, 200, jwks);
    if (route === "POST /oauth/token") return grant(request, response, issuer, privateKey);
    return reply(response, 404, { error: "not_found" });
  });
}

async function grant(
  request: IncomingMessage,
  response: ServerResponse,
  issuer: string,
  privateKey: CryptoKey,
): Promise<void> {
  const form = tokenRequest.safeParse(Object.fromEntries(new URLSearchParams(await text(request))));
  if (!form.success) {
    const description = form.error.issues
      .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
      .join("; ");
    return reply(response, 400, { error: "invalid_request", error_description: description });
  }
  const { client_id, scope, claims, expires_in } = form.data;
  const now = Math.floor(Date.now() / 1_000);
  const payload: JWTPayload = {
    ...claims,
    client_id,
    ...(scope === undefined ? {} : { scope }),
  };
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
    .setIssuer(issuer)
    .setSubject(client_id)
    .setAudience(AUDIENCE)
    .setIssuedAt(Math.min(now, now + expires_in - 1))
    .setExpirationTime(now + expires_in)
    .sign(privateKey);
  return reply(response, 200, { access_token: token, token_type: "Bearer", expires_in });
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/oauth/token`,
    grant_types_supported: ["client_credentials"],
    response_types_supported: [],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
}

async function reply(response: ServerResponse, status: number, body: object): Promise<void> {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
