/**
 * Signing in and out at an OpenID provider: authorization code with PKCE (RFC 6749, RFC 7636), by oauth4webapi.
 *
 * Tokens live in this module's callers' memory and nowhere else. What the browser keeps for the time at the provider
 * (`sessionStorage`, this tab's alone) is what proves that the answer belongs to the question: state, nonce, verifier.
 */
import * as oauth from "oauth4webapi";
import type { Config } from "./config.ts";
import { optionalText, record, text } from "./parse.ts";

/** Someone who has signed in. */
export interface SignedIn {
  readonly token: string;
  readonly idToken: string | undefined;
  /** As the provider calls them. */
  readonly name: string | undefined;
  /** When the token ends, in milliseconds since 1970; undefined where the provider does not say. */
  readonly until: number | undefined;
}

/** What the way back from the provider brought. */
export type Return =
  | { readonly kind: "none" }
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn; readonly view: string }
  | { readonly kind: "failed"; readonly reason: string; readonly view: string };

const PENDING = "sign-in";
const WAS_SIGNED_IN = "was-signed-in";

/** The one address that the provider sends browsers back to. */
function redirectUri(): string {
  return `${location.origin}/portal/`;
}

/** Whether this tab had signed in before it was loaded anew: then it asks again by itself. */
export function wasSignedIn(): boolean {
  return sessionStorage.getItem(WAS_SIGNED_IN) !== null;
}

/**
 * Leaves for the provider.
 *
 * @param view the query of the address to come back to
 * @throws Error when the provider does not answer, or is not one
 */
export async function beginSignIn(config: Config, view: string): Promise<void> {
  const server = await discover(config);
  if (server.authorization_endpoint === undefined) throw new Error("it has no authorization endpoint");
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    ...config.parameters,
    response_type: "code",
    client_id: config.clientId,
    redirect_uri: redirectUri(),
    scope: config.scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, nonce, view }));
  location.assign(url);
}

/** Takes what the address holds when the provider has sent the browser back. */
export async function finishSignIn(config: Config): Promise<Return> {
  const answer = new URL(location.href);
  const kept = sessionStorage.getItem(PENDING);
  if (!answer.searchParams.has("state") || kept === null) return { kind: "none" };
  sessionStorage.removeItem(PENDING);
  const pending = record(JSON.parse(kept));
  const view = text(pending["view"]);
  try {
    const server = await discover(config);
    const client = { client_id: config.clientId };
    const parameters = oauth.validateAuthResponse(server, client, answer, text(pending["state"]));
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      redirectUri(),
      text(pending["verifier"]),
      insecureHere(config),
    );
    const granted = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: text(pending["nonce"]),
    });
    const { access_token: token, expires_in, id_token: idToken } = granted;
    const claims = oauth.getValidatedIdTokenClaims(granted);
    const name = optionalText(claims?.["name"]) ?? optionalText(claims?.["email"]);
    const until = expires_in === undefined ? undefined : Date.now() + expires_in * 1_000;
    sessionStorage.setItem(WAS_SIGNED_IN, "yes");
    return { kind: "signed-in", signedIn: { token, idToken, name, until }, view };
  } catch (error) {
    sessionStorage.removeItem(WAS_SIGNED_IN);
    return { kind: "failed", reason: reasonOf(error), view };
  }
}

/** Ends the session here and, where it can be told, at the provider; leaves the page for it. */
export async function signOut(config: Config, { idToken }: SignedIn): Promise<void> {
  sessionStorage.removeItem(WAS_SIGNED_IN);
  const back = redirectUri();
  const endpoint = await discover(config).then(
    (server) => server.end_session_endpoint,
    () => undefined,
  );
  if (endpoint === undefined) return location.assign(back);
  const url = new URL(endpoint);
  url.searchParams.set("client_id", config.clientId);
  url.searchParams.set("post_logout_redirect_uri", back);
  if (idToken !== undefined) url.searchParams.set("id_token_hint", idToken);
  location.assign(url);
}

async function discover(config: Config): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(config.issuer);
  const response = await oauth.discoveryRequest(issuer, insecureHere(config));
  return oauth.processDiscoveryResponse(issuer, response);
}

/** Plain HTTP is for the issuer of this machine alone. */
function insecureHere({ issuer }: Config): { [oauth.allowInsecureRequests]: boolean } {
  return { [oauth.allowInsecureRequests]: new URL(issuer).hostname === "127.0.0.1" };
}

/** What the provider said, for the reader. */
export function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError) return error.error_description ?? error.error;
  if (error instanceof oauth.ResponseBodyError) return error.error_description ?? error.error;
  return error instanceof Error ? error.message : String(error);
}
