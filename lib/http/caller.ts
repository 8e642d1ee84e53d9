import { createHmac } from "node:crypto";

/**
 * The caller as the log names it: the first 32 hexadecimal digits of HMAC-SHA256 of the token's `sub`. Lines of one
 * caller have the same value; without the key nobody can tell from it who that is. `openssl dgst -sha256 -hmac KEY`
 * computes it as well.
 *
 * @param key undefined where the deployment has none: then callers have no name in the log
 */
export function callerHash(
  claims: Readonly<Record<string, unknown>>,
  key: string | undefined,
): string | undefined {
  const subject = Object.hasOwn(claims, "sub") ? claims["sub"] : undefined;
  if (key === undefined || typeof subject !== "string" || subject === "") return undefined;
  return createHmac("sha256", key).update(subject).digest("hex").slice(0, 32);
}
