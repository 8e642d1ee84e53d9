/**
 * Signing in and out at an OpenID provider: authorization code with PKCE (RFC 6749, RFC 7636), by oauth4webapi.
 *
 * Tokens are in the memory of this module's callers and nowhere else. While the browser is at the provider, this tab's
 * storage keeps what ties the answer to the request: state, nonce and verifier.
 */
import * as oauth from "oauth4webapi";
import type { Config } from "./config.ts";
import { optionalText, record, text } from "./parse.ts";
import {
  accountPrompt,
  endSessionAddress,
  endSessionHere,
  forgetSession,
  mustChooseAccount,
  rememberSession,
} from "./sign-out.ts";
import { tabStorage } from "./storage.ts";

/** Someone who has signed in. */
export interface SignedIn {
  readonly token: string;
  readonly idToken: string | undefined;
  /** The name that the provider gives. */
  readonly name: string | undefined;
  /** When the token ends, in milliseconds since 1970; undefined if the provider does not say. */
  readonly until: number | undefined;
}

/** The result of the way back from the provider. */
export type Return =
  | { readonly kind: "none" }
  | { readonly kind: "signed-in"; readonly signedIn: SignedIn; readonly view: string }
  | { readonly kind: "failed"; readonly error: unknown; readonly view: string };

const PENDING = "sign-in";
const LEAVING_MS = 10_000;

/** The one address that the provider sends browsers back to. */
function redirectUri(): string {
  return `${location.origin}/portal/`;
}

/**
 * Leaves for the provider. After a sign-out it asks the provider to let the person choose an account.
 *
 * @param view the query of the address to come back to
 * @throws Error when the provider does not answer, or is not one; StorageBlocked
 */
export async function beginSignIn(config: Config, view: string): Promise<void> {
  const storage = tabStorage();
  const server = await discover(config);
  if (server.authorization_endpoint === undefined) throw new Error("it has no authorization endpoint");
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    ...config.parameters,
    ...(mustChooseAccount() && { prompt: accountPrompt(server) }),
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
  storage.setItem(PENDING, JSON.stringify({ verifier, state, nonce, view }));
  location.assign(url);
}

/** Takes what the address holds when the provider has sent the browser back. @throws StorageBlocked */
export async function finishSignIn(config: Config): Promise<Return> {
  const answer = new URL(location.href);
  const storage = tabStorage();
  const kept = storage.getItem(PENDING);
  if (!answer.searchParams.has("state") || kept === null) return { kind: "none" };
  storage.removeItem(PENDING);
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
    rememberSession();
    return { kind: "signed-in", signedIn: { token, idToken, name, until }, view };
  } catch (error) {
    forgetSession();
    return { kind: "failed", error, view };
  }
}

/**
 * Ends the session in all tabs of this browser, and leaves for the provider to end it there too.
 *
 * @returns if the provider offers no way, or does not answer; the browser then stays
 */
export async function signOut(config: Config, { idToken }: SignedIn): Promise<void> {
  endSessionHere();
  const address = await discover(config).then(
    (server) => endSessionAddress(server, config, redirectUri(), idToken),
    () => undefined,
  );
  if (address === undefined) return;
  location.assign(address);
  // The browser leaves the page now. Where it does not, the page goes on after a while.
  await new Promise((resolve) => setTimeout(resolve, LEAVING_MS));
}

async function discover(config: Config): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(config.issuer);
  const response = await oauth.discoveryRequest(issuer, insecureHere(config));
  return oauth.processDiscoveryResponse(issuer, response);
}

/** Plain HTTP is only for an issuer on this machine. */
function insecureHere({ issuer }: Config): { [oauth.allowInsecureRequests]: boolean } {
  return { [oauth.allowInsecureRequests]: new URL(issuer).hostname === "127.0.0.1" };
}

/** Whether the provider's answer was refused because of its times: this device's clock is then wrong. */
export function isClockProblem(error: unknown): boolean {
  return error instanceof oauth.OperationProcessingError && error.code === oauth.JWT_TIMESTAMP_CHECK;
}

/** What the provider said, for the reader. */
export function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError) return error.error_description ?? error.error;
  if (error instanceof oauth.ResponseBodyError) return error.error_description ?? error.error;
  return error instanceof Error ? error.message : String(error);
}
