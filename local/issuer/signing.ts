import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export const ALGORITHM = "RS256";

const KEY_ID = "local";

/** The issuer's key and the tokens that it signs. It lasts as long as the issuer. */
export interface Signer {
  /** The public half, as `jwks_uri` serves it. */
  readonly keys: readonly JWK[];
  /**
   * @param claims all claims except `iss`, `iat` and `exp`
   * @param expiresIn the token's lifetime in seconds; negative for an expired one
   */
  sign(claims: JWTPayload, issuer: string, expiresIn: number): Promise<string>;
}

/** Creates a new key. */
export async function makeSigner(): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  return {
    keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: "sig" }],
    sign: (claims, issuer, expiresIn) => signed(privateKey, claims, issuer, expiresIn),
  };
}

function signed(key: CryptoKey, claims: JWTPayload, issuer: string, expiresIn: number): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
    .setIssuer(issuer)
    .setIssuedAt(Math.min(now, now + expiresIn - 1))
    .setExpirationTime(now + expiresIn)
    .sign(key);
}
