import { describe, expect, test } from "vitest";
import { accountPrompt, endSessionAddress } from "../../portal/sign-out.ts";

const BACK = "https://minutes.example.com/portal/";

function config(issuer: string) {
  return { issuer, clientId: "page", scope: "openid", parameters: {}, clockAhead: undefined };
}

function addressAt(issuer: string, server: object): string | undefined {
  return endSessionAddress({ issuer, ...server }, config(issuer), BACK, "id-token")?.href;
}

describe("the address that ends a session", () => {
  test("is the provider's end_session_endpoint, with the parameters of OpenID Connect", () => {
    const address = addressAt("https://login.example.com", {
      end_session_endpoint: "https://login.example.com/logout?realm=1",
    });
    expect(address).toBe(
      `https://login.example.com/logout?realm=1&client_id=page&post_logout_redirect_uri=${encodeURIComponent(BACK)}&id_token_hint=id-token`,
    );
  });

  test("does not exist if the provider names none", () => {
    expect(addressAt("https://accounts.example.com", {})).toBeUndefined();
  });

  test.each([{}, { end_session_endpoint: "https://auth.example.com/logout" }])(
    "is Cognito's /logout with logout_uri and client_id, for any discovery document: %j",
    (named) => {
      const issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1";
      const server = { authorization_endpoint: "https://auth.example.com/oauth2/authorize", ...named };
      expect(addressAt(issuer, server)).toBe(
        `https://auth.example.com/logout?client_id=page&logout_uri=${encodeURIComponent(BACK)}`,
      );
    },
  );

  test("is not Cognito's for a host that only looks like it", () => {
    const server = { authorization_endpoint: "https://auth.example.com/oauth2/authorize" };
    expect(addressAt("https://cognito-idp.eu-central-1.amazonaws.com.example.com", server)).toBeUndefined();
  });
});

describe("the prompt after a sign-out", () => {
  test.each([
    [undefined, "login"],
    [["none", "login"], "login"],
    [["none", "login", "select_account"], "select_account"],
  ])("is, for the supported values %j, %j", (prompt_values_supported, prompt) => {
    expect(accountPrompt({ issuer: "https://login.example.com", prompt_values_supported })).toBe(prompt);
  });
});
