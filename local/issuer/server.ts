import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type LocalServer, listen } from "../listen.ts";
import { Authorizations, type Client, PROMPTS, type Step } from "./authorization.ts";
import { loginPage, refusalPage, signedOutPage } from "./login-page.ts";
import type { Partner } from "./partners.ts";
import { ALGORITHM, makeSigner } from "./signing.ts";
import { answerTokenRequest } from "./tokens.ts";

export interface IssuerOptions {
  /** Returns who may sign in, each time the form is shown. Without it, nobody. */
  readonly partners?: () => Promise<readonly Partner[]>;
  /** Lifetime in seconds of the token of a signed-in person (3,600). */
  readonly lifetime?: number;
}

export interface Issuer extends LocalServer {
  /** Lets a page request codes. */
  register(client: Client): void;
}

/**
 * A local OpenID provider: discovery, JWKS, a login form that lists the partners (code flow with PKCE, for registered
 * clients), `POST /oauth/token` and sign-out. Tokens are issued by code, or by client credentials for any client. Its
 * keys and sessions last as long as the process.
 */
export async function startIssuer(port: number, options: IssuerOptions = {}): Promise<Issuer> {
  const { partners = () => Promise.resolve([]), lifetime = 3_600 } = options;
  const signer = await makeSigner();
  const authorizations = new Authorizations();
  const sessions = new Map<string, Partner>();

  const server = await listen(port, async (request, response) => {
    const issuer = `http://127.0.0.1:${request.socket.localPort}`;
    const url = new URL(request.url ?? "/", issuer);
    allowPages(request, response, authorizations);
    switch (`${request.method} ${url.pathname}`) {
      case "GET /.well-known/openid-configuration":
        return reply(response, 200, discovery(issuer));
      case "GET /.well-known/jwks.json":
        return reply(response, 200, { keys: signer.keys });
      case "POST /oauth/token": {
        const form = new URLSearchParams(await text(request));
        const answer = await answerTokenRequest(form, {
          issuer,
          signer,
          authorizations,
          partners,
          lifetime,
        });
        return reply(response, answer.status, answer.body);
      }
      case "GET /oauth/authorize": {
        const asksAgain = ["login", "select_account"].includes(url.searchParams.get("prompt") ?? "");
        const partner = asksAgain ? undefined : sessions.get(sessionOf(request));
        return show(response, authorizations.step(url.searchParams, issuer, partner), await partners());
      }
      case "POST /oauth/authorize": {
        const chosen = new URLSearchParams(await text(request)).get("partner");
        const listed = await partners();
        const partner = listed.find(({ key }) => key === chosen);
        if (partner !== undefined) beginSession(request, response, partner);
        return show(response, authorizations.step(url.searchParams, issuer, partner), listed);
      }
      case "GET /oauth/logout":
        return signOut(request, response, url.searchParams);
      default:
        return reply(response, 404, { error: "not_found" });
    }
  });
  return { ...server, register: (client) => authorizations.register(client) };

  function beginSession(request: IncomingMessage, response: ServerResponse, partner: Partner): void {
    const id = randomUUID();
    sessions.set(id, partner);
    response.setHeader("set-cookie", `${cookieOf(request)}=${id}; Path=/oauth; HttpOnly; SameSite=Lax`);
  }

  function signOut(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    sessions.delete(sessionOf(request));
    response.setHeader("set-cookie", `${cookieOf(request)}=; Path=/oauth; Max-Age=0`);
    const to = query.get("post_logout_redirect_uri") ?? "";
    if (authorizations.knows(to)) redirect(response, to);
    else html(response, 200, signedOutPage());
  }
}

/** Cookies ignore ports, so each issuer of this machine uses its own cookie name. */
function cookieOf(request: IncomingMessage): string {
  return `issuer_${request.socket.localPort}`;
}

function sessionOf(request: IncomingMessage): string {
  const cookies = (request.headers.cookie ?? "").split("; ").map((cookie) => cookie.split("="));
  return cookies.find(([name]) => name === cookieOf(request))?.[1] ?? "";
}

/** Lets only the pages of registered clients read the issuer's answers. */
function allowPages(
  request: IncomingMessage,
  response: ServerResponse,
  authorizations: Authorizations,
): void {
  const { origin } = request.headers;
  response.setHeader("vary", "origin");
  if (origin !== undefined && authorizations.trusts(origin)) {
    response.setHeader("access-control-allow-origin", origin);
  }
}

function show(response: ServerResponse, step: Step, partners: readonly Partner[]): void {
  if (step.kind === "redirect") return redirect(response, step.to);
  if (step.kind === "refuse") return html(response, 400, refusalPage(step.reason));
  // A browser also checks form-action for the redirects of a form.
  return html(response, 200, loginPage(partners), `'self' ${new URL(step.redirectUri).origin}`);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, "cache-control": "no-store" }).end();
}

function html(response: ServerResponse, status: number, body: string, formAction = "'none'"): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action ${formAction}`,
  });
  response.end(body);
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    end_session_endpoint: `${issuer}/oauth/logout`,
    grant_types_supported: ["authorization_code", "client_credentials"],
    response_types_supported: ["code"],
    prompt_values_supported: PROMPTS,
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
