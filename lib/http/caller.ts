import { createHmac } from "node:crypto";

/**
 * Names a caller for the log: the first 32 hexadecimal digits of HMAC-SHA256 of the token's `sub`. All lines of one
 * caller have the same value, and without the key nobody can find the caller from it. `openssl dgst -sha256 -hmac
 * KEY` computes the same.
 *
 * @param key undefined if the deployment has none; the log then names no callers
 */
export function callerHash(
  claims: Readonly<Record<string, unknown>>,
  key: string | undefined,
): string | undefined {
  const subject = Object.hasOwn(claims, "sub") ? claims["sub"] : undefined;
  if (key === undefined || typeof subject !== "string" || subject === "") return undefined;
  return createHmac("sha256", key).update(subject).digest("hex").slice(0, 32);
}
