import { createHash } from "node:crypto";
import type { Response } from "./response.ts";

/**
 * Adds a strong entity tag, or returns 304 without a body if the caller already has the response (RFC 9110, 13.1.2).
 *
 * The tag is a hash of the body's bytes, its format and encoding, and the audience.
 *
 * @param ifNoneMatch the request's header
 * @param audience everything the response depends on besides its address and the negotiated format and encoding
 */
export function withEntityTag(
  response: Response,
  ifNoneMatch: string | undefined,
  audience: unknown,
): Response {
  const { "content-type": type, "content-encoding": encoding, ...others } = response.headers;
  const hash = createHash("sha256")
    .update(JSON.stringify([type, encoding, audience]))
    .update(response.body);
  const etag = `"${hash.digest("base64url").slice(0, 32)}"`;
  if (!isAmong(etag, ifNoneMatch)) return { ...response, headers: { ...response.headers, etag } };
  const { "content-disposition": _, ...kept } = others;
  return { statusCode: 304, headers: { ...kept, etag }, body: "" };
}

function isAmong(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = tagsIn(ifNoneMatch);
  return tags.has(etag) || tags.has("*");
}

/** Returns the tags that an `If-None-Match` names, without the mark of a weak one. */
export function tagsIn(ifNoneMatch: string | undefined): ReadonlySet<string> {
  return new Set((ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, "")));
}
