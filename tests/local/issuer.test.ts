import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { jwtAuthorizer } from "../../local/gateway/authorizer.ts";
import { type Issuer, startIssuer } from "../../local/issuer/server.ts";
import { AUDIENCE } from "../../local/issuer/tokens.ts";
import { NORTH } from "./fixture.ts";

const PAGE = "http://127.0.0.1:9/portal/";
const VERIFIER = "a".repeat(43);
const PARTNERS = [
  { key: "north", name: `<b>"North"</b>`, about: "One reseller", claims: { reseller_ids: [NORTH] } },
  { key: "none", name: "New partner", about: "No reseller yet", claims: { reseller_ids: [] } },
];

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer(0, { partners: () => Promise.resolve(PARTNERS) });
  issuer.register({ client_id: "portal", redirectUris: [PAGE] });
});
afterAll(() => issuer.close());

const RIGHT = {
  response_type: "code",
  client_id: "portal",
  redirect_uri: PAGE,
  scope: "openid",
  state: "s",
  nonce: "n",
  code_challenge: hash("sha256", VERIFIER, "base64url"),
  code_challenge_method: "S256",
};

function authorize(parameters: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  const query = new URLSearchParams(parameters);
  return fetch(`${issuer.url}/oauth/authorize?${query.toString()}`, { redirect: "manual", ...init });
}

function choose(partner: string, parameters: Record<string, string> = RIGHT): Promise<Response> {
  return authorize(parameters, { method: "POST", body: new URLSearchParams({ partner }) });
}

function sentTo(response: Response): URL {
  return new URL(response.headers.get("location") ?? "http://nowhere.invalid");
}

async function codeFor(partner: string): Promise<string> {
  return sentTo(await choose(partner)).searchParams.get("code") ?? "";
}

function redeem(code: string, other: Record<string, string> = {}): Promise<Response> {
  const form = { grant_type: "authorization_code", code, client_id: "portal", redirect_uri: PAGE };
  return fetch(`${issuer.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ ...form, code_verifier: VERIFIER, ...other }),
  });
}

const granted = z.object({ access_token: z.string(), id_token: z.string(), expires_in: z.literal(3_600) });

describe("the local issuer's login form", () => {
  test("lists the partners under their names, whatever characters are in them", async () => {
    const response = await authorize(RIGHT);
    expect(response.status).toBe(200);
    const html = await response.text();
    expect(html).toContain("&lt;b&gt;&quot;North&quot;&lt;/b&gt;");
    expect(html).not.toContain("<b>");
    expect(response.headers.get("content-security-policy")).toContain(
      "form-action 'self' http://127.0.0.1:9",
    );
  });

  test("redirects with a code, the state and its own name", async () => {
    const to = sentTo(await choose("north"));
    expect(to.href.split("?")[0]).toBe(PAGE);
    expect(Object.fromEntries(to.searchParams)).toMatchObject({ state: "s", iss: issuer.url });
  });

  test.each([
    { client_id: "stranger" },
    { redirect_uri: `${PAGE}x` },
    { redirect_uri: "http://127.0.0.1:9/portal" },
  ])("redirects nobody for %j", async (other) => {
    const response = await choose("north", { ...RIGHT, ...other });
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
  });

  test.each([
    { response_type: "token" },
    { code_challenge: "" },
    { code_challenge_method: "plain" },
    { prompt: "none" },
  ])("redirects without a code for %j", async (other) => {
    const { searchParams } = sentTo(await authorize({ ...RIGHT, ...other }));
    expect(searchParams.get("code")).toBeNull();
    expect(searchParams.get("error")).toBe("prompt" in other ? "login_required" : "invalid_request");
  });

  test("is not shown to a signed-in person until the sign-out", async () => {
    const cookie = (await choose("north")).headers.get("set-cookie")?.split(";")[0] ?? "";
    const again = await authorize(RIGHT, { headers: { cookie } });
    expect(sentTo(again).searchParams.has("code")).toBe(true);
    expect((await authorize({ ...RIGHT, prompt: "login" }, { headers: { cookie } })).status).toBe(200);
    const query = new URLSearchParams({ post_logout_redirect_uri: PAGE });
    const out = await fetch(`${issuer.url}/oauth/logout?${query.toString()}`, {
      redirect: "manual",
      headers: { cookie },
    });
    expect(out.headers.get("location")).toBe(PAGE);
    expect((await authorize(RIGHT, { headers: { cookie } })).status).toBe(200);
  });
});

describe("a code of the local issuer", () => {
  test("gives a token of the partner's resellers, and an ID token that the gateway refuses", async () => {
    const { access_token, id_token } = granted.parse(await (await redeem(await codeFor("north"))).json());
    const gateway = jwtAuthorizer({ issuer: issuer.url, audience: AUDIENCE, scopes: [] });
    expect(await gateway(`Bearer ${access_token}`)).toMatchObject({ claims: { reseller_ids: `[${NORTH}]` } });
    expect(await gateway(`Bearer ${id_token}`)).toEqual({
      status: 401,
      description: "the token has an invalid audience",
    });
    const claims: unknown = JSON.parse(Buffer.from(id_token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ aud: "portal", nonce: "n", sub: "north" });
  });

  test("can be used once", async () => {
    const code = await codeFor("none");
    expect((await redeem(code)).status).toBe(200);
    expect(await (await redeem(code)).json()).toEqual({ error: "invalid_grant" });
  });

  test.each([{ code_verifier: "b".repeat(43) }, { redirect_uri: `${PAGE}x` }, { client_id: "stranger" }])(
    "is used up by an attempt with %j",
    async (other) => {
      const code = await codeFor("north");
      expect((await redeem(code, other)).status).toBe(400);
      expect((await redeem(code)).status).toBe(400);
    },
  );

  test("can be exchanged only by pages of the registered origin", async () => {
    const allowed = async (origin: string) =>
      (await fetch(`${issuer.url}/.well-known/openid-configuration`, { headers: { origin } })).headers.get(
        "access-control-allow-origin",
      );
    expect(await allowed("http://127.0.0.1:9")).toBe("http://127.0.0.1:9");
    expect(await allowed("http://evil.example")).toBeNull();
  });
});
