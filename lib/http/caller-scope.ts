import * as z from "zod/mini";
import { ServiceError } from "../errors.ts";
import { parseUuid, type Uuid } from "../ids.ts";
import type { Grant } from "../scope/grant.ts";
import { type ResellerScope, resellersInClaim, resellersOfGrant } from "../scope/reseller-scope.ts";
import { type HttpRequest, verifiedClaims } from "./http-request.ts";

/** Accounts whose resellers the platform keeps in objects, because a token cannot carry them. */
export interface Accounts {
  /** The claim that names the caller's account; never the claim that lists resellers. */
  readonly claim: string;
  /**
   * Reads the account's grant for each request.
   *
   * @throws ServiceError `unknown_account` if it is missing or not valid, `engine_unavailable` if it cannot be read
   */
  readonly grantOf: (account: Uuid) => Promise<Grant>;
}

/** The claims that determine whose figures a caller may see. */
export interface CallerClaims {
  /** The claim that lists the caller's resellers. */
  readonly resellerClaim: string;
  /** Undefined: every token lists its resellers itself. */
  readonly accounts?: Accounts | undefined;
}

/** The caller, and what it may see. */
export interface Caller {
  /** Undefined for no resellers. */
  readonly scope: ResellerScope | undefined;
  /** The account that the token names. */
  readonly account?: Uuid;
}

/**
 * Resolves the resellers of a request's token: those that it lists, or those of the account that it names.
 *
 * A claim counts as present if its name is in the token, whatever its value. An issuer that sends an account to
 * everyone, and an empty list of resellers to a suspended user, must not open the account. A token without either
 * claim is counted, because a mistyped claim name looks like that for every caller.
 *
 * The gateway omits claims that are null. So if a token names an account, the token's own text shows which other
 * claims it has.
 *
 * @throws ServiceError `unauthenticated`, `malformed_claim`, `unknown_account`, `engine_unavailable`
 */
export async function readCaller(
  event: HttpRequest,
  { resellerClaim, accounts }: CallerClaims,
): Promise<Caller> {
  const claims = verifiedClaims(event);
  const isIn = (claim: string) => Object.hasOwn(claims, claim);
  if (accounts !== undefined && (isIn(accounts.claim) || isInToken(event, accounts.claim))) {
    if (isIn(resellerClaim) || isInToken(event, resellerClaim))
      throw malformedAccount("the token has both claims");
    const account = accountIn(claims[accounts.claim]);
    return { scope: resellersOfGrant(await accounts.grantOf(account)), account };
  }
  if (isIn(resellerClaim)) return { scope: resellersInClaim(claims[resellerClaim]) };
  event.record.add({ missingResellerClaim: true });
  return { scope: undefined };
}

const tokenClaims = z.record(z.string(), z.unknown());

/** Whether the token that the gateway has verified has the claim, whatever its value. */
function isInToken({ headers }: HttpRequest, claim: string): boolean {
  const [, payload = ""] = (headers["authorization"] ?? "").split(".");
  try {
    const { data } = tokenClaims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString()));
    return data !== undefined && Object.hasOwn(data, claim);
  } catch {
    // A manual event has no such header; only its claims count.
    return false;
  }
}

function accountIn(claim: unknown): Uuid {
  const account = typeof claim === "string" ? parseUuid(claim) : undefined;
  if (account === undefined) throw malformedAccount("the account is not a UUID");
  return account;
}

/** The claim's value is neither sent nor logged. */
function malformedAccount(reason: string): ServiceError {
  return new ServiceError(
    "malformed_claim",
    "A token names one account by its UUID, or lists resellers, never both. Ask the issuer of your token to correct it.",
    { cause: new Error(`account claim: ${reason}`) },
  );
}
