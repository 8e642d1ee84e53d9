/**
 * The authorization endpoint: code flow with PKCE, for registered clients. RFC 6749 (OAuth 2.0) 4.1, RFC 7636 (PKCE),
 * RFC 9207 (`iss`), OpenID Connect Core 3.1.2, OpenID Connect RP-Initiated Logout 1.0.
 */
import { hash, randomBytes } from "node:crypto";
import * as z from "zod";
import type { Partner } from "./partners.ts";

/** A public client: a page that may request codes. */
export interface Client {
  readonly client_id: string;
  /** The allowed redirect addresses, compared exactly. */
  readonly redirectUris: readonly string[];
}

/** A code lives as long as a page needs to exchange it for a token. */
const CODE_MS = 60_000;

/** The values of `prompt` that the issuer knows. `login` and `select_account` both show the form. */
export const PROMPTS = ["none", "login", "select_account"] as const;

const target = z.object({ client_id: z.string(), redirect_uri: z.string() });

const authorization = z.object({
  response_type: z.literal("code"),
  scope: z.string().default(""),
  nonce: z.string().optional(),
  code_challenge: z.string().regex(/^[\w-]{43}$/),
  code_challenge_method: z.literal("S256"),
  prompt: z.enum(PROMPTS).optional(),
});

/** What a code was issued for. */
export interface Grant {
  readonly partner: Partner;
  readonly clientId: string;
  readonly scope: string;
  readonly nonce: string | undefined;
}

interface Issued extends Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly until: number;
}

/** How the endpoint answers a request: shows the form, redirects the browser, or refuses without a redirect. */
export type Step =
  | { readonly kind: "ask"; readonly redirectUri: string }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "refuse"; readonly reason: string };

/** Stores the codes that were issued and not yet used, for registered clients. */
export class Authorizations {
  readonly #clients = new Map<string, Client>();
  readonly #codes = new Map<string, Issued>();

  register(client: Client): void {
    this.#clients.set(client.client_id, client);
  }

  /** Whether any client may redirect a browser there. */
  knows(redirectUri: string): boolean {
    return [...this.#clients.values()].some(({ redirectUris }) => redirectUris.includes(redirectUri));
  }

  /** Whether a page of this origin may read the issuer's answers. */
  trusts(origin: string): boolean {
    return [...this.#clients.values()].some(({ redirectUris }) =>
      redirectUris.some((uri) => new URL(uri).origin === origin),
    );
  }

  /** @param partner who has signed in; undefined if nobody has */
  step(query: URLSearchParams, issuer: string, partner: Partner | undefined): Step {
    const parameters = Object.fromEntries(query);
    const { data: to } = target.safeParse(parameters);
    // RFC 6749, 4.1.2.1: a browser is never redirected to an address that is not registered for the client.
    if (
      to === undefined ||
      this.#clients.get(to.client_id)?.redirectUris.includes(to.redirect_uri) !== true
    ) {
      return { kind: "refuse", reason: "The client, or the address to return to, is not registered here." };
    }
    const back = (answer: Record<string, string>): Step => {
      const url = new URL(to.redirect_uri);
      const state = query.get("state");
      for (const [name, value] of Object.entries({
        ...answer,
        ...(state !== null && { state }),
        iss: issuer,
      })) {
        url.searchParams.set(name, value);
      }
      return { kind: "redirect", to: url.href };
    };
    const { data, error } = authorization.safeParse(parameters);
    if (data === undefined) {
      const wrong = error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
      return back({ error: "invalid_request", error_description: wrong ?? "" });
    }
    if (partner === undefined) {
      if (data.prompt === "none") return back({ error: "login_required" });
      return { kind: "ask", redirectUri: to.redirect_uri };
    }
    const { scope, nonce, code_challenge: challenge } = data;
    const code = randomBytes(32).toString("base64url");
    const until = Date.now() + CODE_MS;
    const { client_id: clientId, redirect_uri: redirectUri } = to;
    this.#codes.set(code, { partner, clientId, redirectUri, scope, nonce, challenge, until });
    return back({ code });
  }

  /**
   * Redeems a code: once, for the client and address that it was issued for, with the verifier of its challenge.
   * Returns undefined otherwise; a failed attempt also uses up the code.
   */
  redeem(code: string, clientId: string, redirectUri: string, verifier: string): Grant | undefined {
    const issued = this.#codes.get(code);
    this.#codes.delete(code);
    if (issued === undefined || issued.until < Date.now()) return undefined;
    if (issued.clientId !== clientId || issued.redirectUri !== redirectUri) return undefined;
    return hash("sha256", verifier, "base64url") === issued.challenge ? issued : undefined;
  }
}
