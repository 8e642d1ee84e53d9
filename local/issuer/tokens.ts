import * as z from "zod";
import type { Authorizations } from "./authorization.ts";
import type { Partner } from "./partners.ts";
import type { Signer } from "./signing.ts";

/** The audience of the tokens of the local issuer. */
export const AUDIENCE = "minutes-service";

const byCredentials = z.object({
  grant_type: z.literal("client_credentials"),
  client_id: z.string().default("local"),
  scope: z.string().optional(),
  /** Extensions of OAuth, for this machine only: the partner, further claims as JSON, and the lifetime in seconds. */
  partner: z.string().optional(),
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

const byCode = z.object({
  grant_type: z.literal("authorization_code"),
  code: z.string(),
  client_id: z.string(),
  redirect_uri: z.string(),
  code_verifier: z.string(),
});

const tokenRequest = z.discriminatedUnion("grant_type", [byCredentials, byCode]);

export interface TokenEndpoint {
  readonly issuer: string;
  readonly signer: Signer;
  readonly authorizations: Authorizations;
  readonly partners: () => Promise<readonly Partner[]>;
  /** Lifetime in seconds of the token of a signed-in person. */
  readonly lifetime: number;
}

interface TokenAnswer {
  readonly status: 200 | 400;
  readonly body: object;
}

/** Serves `POST /oauth/token`, by client credentials (any client) or by a code. @param form the body */
export async function answerTokenRequest(
  form: URLSearchParams,
  endpoint: TokenEndpoint,
): Promise<TokenAnswer> {
  const { data, error } = tokenRequest.safeParse(Object.fromEntries(form));
  if (data === undefined) {
    const description = error?.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    return { status: 400, body: { error: "invalid_request", error_description: description } };
  }
  return data.grant_type === "client_credentials"
    ? tokenOfClient(data, endpoint)
    : tokensOfPartner(data, endpoint);
}

async function tokenOfClient(
  { client_id, scope, partner: key, claims, expires_in }: z.output<typeof byCredentials>,
  { issuer, signer, partners }: TokenEndpoint,
): Promise<TokenAnswer> {
  const partner = key === undefined ? undefined : (await partners()).find((each) => each.key === key);
  if (key !== undefined && partner === undefined) {
    return { status: 400, body: { error: "invalid_request", error_description: "partner: is not known" } };
  }
  const payload = {
    ...partner?.claims,
    ...claims,
    client_id,
    ...(scope === undefined ? {} : { scope }),
    sub: client_id,
    aud: AUDIENCE,
  };
  const token = await signer.sign(payload, issuer, expires_in);
  return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in } };
}

/** The ID token's audience is the page, not the API: the gateway refuses it. */
async function tokensOfPartner(
  { code, client_id, redirect_uri, code_verifier }: z.output<typeof byCode>,
  { issuer, signer, authorizations, lifetime }: TokenEndpoint,
): Promise<TokenAnswer> {
  const grant = authorizations.redeem(code, client_id, redirect_uri, code_verifier);
  if (grant === undefined) return { status: 400, body: { error: "invalid_grant" } };
  const { partner, scope, nonce } = grant;
  const claims = {
    ...partner.claims,
    client_id,
    scope,
    sub: partner.key,
    aud: AUDIENCE,
  };
  const identity = {
    sub: partner.key,
    name: partner.name,
    aud: client_id,
    ...(nonce !== undefined && { nonce }),
  };
  return {
    status: 200,
    body: {
      access_token: await signer.sign(claims, issuer, lifetime),
      id_token: await signer.sign(identity, issuer, lifetime),
      token_type: "Bearer",
      expires_in: lifetime,
      scope,
    },
  };
}
