import { ServiceError } from "../errors.ts";
import { distinct, parseUuid, type Uuid } from "../ids.ts";
import { type Grant, MAX_RESELLERS } from "./grant.ts";

const proof: unique symbol = Symbol("resellers read from a verified claim, or granted to its account");

/**
 * The resellers whose figures the caller may see: at least one, sorted, each once.
 *
 * It is made of a claim that the gateway has verified (`resellersInClaim`), or of the grant of the account that such a
 * claim names (`resellersOfGrant`). `narrow` only makes it smaller. A query of the report cannot be built without it.
 */
export interface ResellerScope {
  readonly [proof]: true;
  readonly resellerIds: readonly Uuid[];
}

/**
 * Reads the scope from a claim's value; undefined if the claim names no reseller.
 *
 * Accepts an array of UUIDs and each text that can stand for one: `[u1 u2]` (how an HTTP API renders an array),
 * `u1,u2`, `u1 u2`, `["u1","u2"]`, `u1`. No resellers: missing, null, `""`, `[]`, `"[]"`.
 *
 * @throws ServiceError `malformed_claim` for anything else. One invalid element makes the whole claim invalid, so
 * that there is never a partial scope.
 */
export function resellersInClaim(claim: unknown): ResellerScope | undefined {
  const elements = claimElements(claim);
  if (elements.length === 0) return undefined;
  const ids = distinct(elements.map(toResellerId));
  if (ids.length > MAX_RESELLERS) throw malformed(`more than ${MAX_RESELLERS} resellers`);
  return { [proof]: true, resellerIds: ids };
}

/** The scope that the grant of an account gives; undefined for an account without resellers. */
export function resellersOfGrant({ resellerIds }: Grant): ResellerScope | undefined {
  return resellerIds.length === 0 ? undefined : { [proof]: true, resellerIds };
}

/** Narrows the scope to the requested resellers; undefined if none remains. */
export function narrow(
  scope: ResellerScope,
  requested: readonly Uuid[] | undefined,
): ResellerScope | undefined {
  if (requested === undefined) return scope;
  const wanted = new Set(requested);
  const resellerIds = scope.resellerIds.filter((id) => wanted.has(id));
  return resellerIds.length === 0 ? undefined : { [proof]: true, resellerIds };
}

function claimElements(claim: unknown): readonly unknown[] {
  if (claim === undefined || claim === null || claim === "" || claim === "[]") return [];
  if (Array.isArray(claim)) return claim;
  if (typeof claim !== "string") throw malformed(`a ${typeof claim}`);
  if (claim.startsWith('["')) return parseJsonArray(claim);
  if (claim.startsWith("[") && claim.endsWith("]")) return claim.slice(1, -1).split(" ");
  return claim.split(claim.includes(",") ? "," : " ");
}

function parseJsonArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Continues to the refusal below, because the parser's message would repeat the claim.
  }
  throw malformed("unbalanced JSON");
}

function toResellerId(element: unknown): Uuid {
  const id = typeof element === "string" ? parseUuid(element) : undefined;
  if (id === undefined) throw malformed("an element that is not a UUID");
  return id;
}

/** The claim's value is neither sent nor logged. */
function malformed(reason: string): ServiceError {
  return new ServiceError(
    "malformed_claim",
    "The token's reseller claim is not a list of at most 1,000 reseller UUIDs. Ask the issuer of your token to correct it.",
    { cause: new Error(`reseller claim: ${reason}`) },
  );
}
