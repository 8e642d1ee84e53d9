import * as z from "zod";

const granted = z.object({ access_token: z.string() });

/**
 * Gets a token from the running local issuer.
 *
 * @param claims further claims of the token
 * @param expiresIn its lifetime in seconds; negative for an expired one
 * @param partner the partner of the sign-in page whose resellers the token gets; by default none
 * @throws Error if no issuer answers there
 */
export async function requestToken(
  issuer: string,
  claims: object,
  expiresIn = 3_600,
  partner?: string,
): Promise<string> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      claims: JSON.stringify(claims),
      expires_in: String(expiresIn),
      ...(partner !== undefined && { partner }),
    }),
  });
  if (!response.ok) throw new Error(`the issuer refused: ${await response.text()}`);
  return granted.parse(await response.json()).access_token;
}
