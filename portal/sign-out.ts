/** Ending a session: here, in every other tab, and at the provider. */
import type { AuthorizationServer } from "oauth4webapi";
import type { Config } from "./config.ts";
import { sharedStorage, tabStorage } from "./storage.ts";

const CHANNEL = "sign-out";
/** In this tab: it was signed in, and may sign in again by itself when it is reloaded. */
const WAS_SIGNED_IN = "was-signed-in";
/** Shared by all tabs: a person signed out, and no one has signed in since. */
const SIGNED_OUT = "signed-out";

/** Whether this tab may sign in again by itself when it is reloaded. @throws StorageBlocked */
export function mayResume(): boolean {
  return tabStorage().getItem(WAS_SIGNED_IN) !== null && !mustChooseAccount();
}

/** Whether the next sign-in must let the person choose an account. @throws StorageBlocked */
export function mustChooseAccount(): boolean {
  return sharedStorage().getItem(SIGNED_OUT) !== null;
}

/** Remembers that this tab is signed in. @throws StorageBlocked */
export function rememberSession(): void {
  tabStorage().setItem(WAS_SIGNED_IN, "yes");
  sharedStorage().removeItem(SIGNED_OUT);
}

/** Forgets that this tab was signed in. @throws StorageBlocked */
export function forgetSession(): void {
  tabStorage().removeItem(WAS_SIGNED_IN);
}

/** Ends the session in this browser: this tab must not resume it, and other tabs drop it now. */
export function endSessionHere(): void {
  forgetSession();
  sharedStorage().setItem(SIGNED_OUT, "yes");
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("");
  channel.close();
}

/** Calls back when another tab signs out. @returns stops listening */
export function onSignOutElsewhere(act: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", () => {
    forgetSession();
    act();
  });
  return () => channel.close();
}

/**
 * The address that ends the session at the provider.
 *
 * @param back where the provider sends the browser afterwards
 * @returns undefined if the provider names none; its session then continues
 */
export function endSessionAddress(
  server: AuthorizationServer,
  config: Config,
  back: string,
  idToken: string | undefined,
): URL | undefined {
  const isCognito = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.test(
    new URL(config.issuer).hostname,
  );
  const { end_session_endpoint: endpoint, authorization_endpoint: authorize } = server;
  if (isCognito && authorize !== undefined) {
    // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
    const url = new URL("/logout", authorize);
    url.searchParams.set("client_id", config.clientId);
    url.searchParams.set("logout_uri", back);
    return url;
  }
  if (endpoint === undefined) return undefined;
  // OpenID Connect RP-Initiated Logout 1.0, section 2
  const url = new URL(endpoint);
  url.searchParams.set("client_id", config.clientId);
  url.searchParams.set("post_logout_redirect_uri", back);
  if (idToken !== undefined) url.searchParams.set("id_token_hint", idToken);
  return url;
}

/**
 * The `prompt` that lets a person choose an account, if the provider says which values it knows. `login` is the one that
 * every provider knows: OpenID Connect Core 3.1.2.1.
 */
export function accountPrompt({ prompt_values_supported: known }: AuthorizationServer): string {
  return Array.isArray(known) && known.includes("select_account") ? "select_account" : "login";
}
