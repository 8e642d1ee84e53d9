import { createHash } from "node:crypto";
import type { Response } from "./response.ts";

/**
 * The response with a strong entity tag, or 304 without a body where the caller has it already (RFC 9110, 13.1.2).
 *
 * The tag is a hash of the bytes that are sent, of their headers' format and encoding, and of whom they are for.
 *
 * @param ifNoneMatch the request's header
 * @param audience whatever the answer depends on beside its address and the negotiated format and encoding
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

/** Compared weakly, as a GET does: a proxy that compressed the answer may have marked the tag so. */
function isAmong(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = new Set((ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, "")));
  return tags.has(etag) || tags.has("*");
}
