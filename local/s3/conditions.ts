import { S3Error } from "./errors.ts";
import type { StoredObject } from "./object-file.ts";
import type { Precondition } from "./object-store.ts";

/**
 * Evaluates the conditions of a GET or HEAD, `If-Match` first: `"send"`, or `"not-modified"` for a 304 (Amazon S3 API
 * Reference, "GetObject"; RFC 9110, 13.2.2).
 *
 * @throws S3Error PreconditionFailed
 */
export function readCondition(headers: Headers, object: StoredObject): "send" | "not-modified" {
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null && !matches(ifMatch, object)) throw preconditionFailed("If-Match");
  const ifNoneMatch = headers.get("if-none-match");
  return ifNoneMatch !== null && matches(ifNoneMatch, object) ? "not-modified" : "send";
}

/**
 * Reads the condition of a conditional write: `If-None-Match: *` (only if there is no such object) or `If-Match:
 * <etag>` (only if the object is unchanged). S3 implements neither other values nor both at once.
 *
 * @throws S3Error NotImplemented; the precondition throws PreconditionFailed, and NoSuchKey if `If-Match` finds no
 * object (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes")
 */
export function writeCondition(headers: Headers): { precondition: Precondition; replace: boolean } {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (ifNoneMatch.trim() !== "*" || ifMatch !== null) throw new S3Error("NotImplemented");
    return {
      replace: false,
      precondition(existing) {
        if (existing !== undefined) throw preconditionFailed("If-None-Match");
      },
    };
  }
  return {
    replace: true,
    precondition(existing) {
      if (ifMatch === null) return;
      if (existing === undefined) throw new S3Error("NoSuchKey");
      if (!matches(ifMatch, existing)) throw preconditionFailed("If-Match");
    },
  };
}

/** Parses `*`, or a list of entity tags, quoted or (as S3 accepts them) bare. */
function matches(condition: string, object: StoredObject): boolean {
  const tags = condition.split(",").map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, "$1"));
  return tags.some((tag) => tag === "*" || `"${tag}"` === object.etag);
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", { details: { Condition: condition } });
}
