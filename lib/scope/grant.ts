import { ServiceError } from "../errors.ts";
import { distinct, parseUuid, type Uuid } from "../ids.ts";
import { repeatedMembers } from "../repeated-members.ts";

const proof: unique symbol = Symbol("read from the account's own object");

/** The resellers that the platform grants to an account: sorted, each once. Only `readGrant` creates one. */
export interface Grant {
  readonly [proof]: true;
  readonly resellerIds: readonly Uuid[];
}

/** The largest grant object, in bytes. */
export const MAX_GRANT_BYTES = 65_536;

/** The most different resellers in a grant, or in a claim. */
export const MAX_RESELLERS = 1_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the grant of an account: a JSON object with exactly the members `account_id` and `reseller_ids`, in UTF-8.
 *
 * @param account the account that the token names; the object must name it too
 * @throws ServiceError `unknown_account` for anything else. One invalid element makes the whole grant invalid, so
 * that there is never a partial one.
 */
export function readGrant(content: Uint8Array, account: Uuid): Grant {
  if (content.byteLength > MAX_GRANT_BYTES) throw unknownAccount(`more than ${MAX_GRANT_BYTES} bytes`);
  const { account_id, reseller_ids } = parseObject(content);
  if (typeof account_id !== "string" || parseUuid(account_id) !== account) {
    throw unknownAccount("the object belongs to another account");
  }
  if (!Array.isArray(reseller_ids)) throw unknownAccount("reseller_ids is not a list");
  const ids = distinct(reseller_ids.map(toResellerId));
  if (ids.length > MAX_RESELLERS) throw unknownAccount(`more than ${MAX_RESELLERS} resellers`);
  return { [proof]: true, resellerIds: ids };
}

/**
 * Refuses an account without a valid grant.
 *
 * @param reason for the log; contains neither the account nor anything of the object
 */
export function unknownAccount(reason: string): ServiceError {
  return new ServiceError(
    "unknown_account",
    "The platform has no valid list of resellers for the account of your token. Ask the issuer of your token to correct the account.",
    { cause: new Error(`grant: ${reason}`) },
  );
}

function parseObject(content: Uint8Array): { account_id: unknown; reseller_ids: unknown } {
  const text = decode(content);
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unknownAccount("not a JSON object");
  const names = Object.keys(value);
  if (names.length !== 2 || !("account_id" in value) || !("reseller_ids" in value)) {
    throw unknownAccount("other members than account_id and reseller_ids");
  }
  if (repeatedMembers(text).length > 0) throw unknownAccount("a member is repeated");
  return value;
}

function decode(content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch {
    throw unknownAccount("not UTF-8");
  }
}

/** The parser's own message would repeat a part of the text, so it is dropped. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw unknownAccount("malformed JSON");
  }
}

function toResellerId(element: unknown): Uuid {
  const id = typeof element === "string" ? parseUuid(element) : undefined;
  if (id === undefined) throw unknownAccount("an element that is not a UUID");
  return id;
}
