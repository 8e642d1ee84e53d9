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
   * Reads the account's grant anew.
   *
   * @throws ServiceError `unknown_account` where there is none or it is not valid, `engine_unavailable` where it cannot be read
   */
  readonly grantOf: (account: Uuid) => Promise<Grant>;
}

/** Which claims say whose figures a caller may see. */
export interface CallerClaims {
  /** The claim that lists the caller's resellers. */
  readonly resellerClaim: string;
  /** Left out: every token lists its resellers itself. */
  readonly accounts?: Accounts | undefined;
}

/** Who asks, and what they may see. */
export interface Caller {
  /** Undefined for no resellers. */
  readonly scope: ResellerScope | undefined;
  /** The account that the token names. */
  readonly account?: Uuid;
}

/**
 * Resolves the resellers of a request's token: those that it lists, or those of the account that it names.
 *
 * A claim counts as present if its name is in the token, whatever its value: an issuer that sends an account to
 * everyone, and an empty list of resellers to a suspended user, must not open the account. A token without either claim
 * is counted, because a mistyped claim name looks like that for every caller.
 *
 * The gateway leaves out claims that are null. So where a token names an account, its own text says which others it has.
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
    // An event by hand has no such header; its claims alone count.
    return false;
  }
}

function accountIn(claim: unknown): Uuid {
  const account = typeof claim === "string" ? parseUuid(claim) : undefined;
  if (account === undefined) throw malformedAccount("the account is no UUID");
  return account;
}

/** The claim's value goes neither into the answer nor into the log. */
function malformedAccount(reason: string): ServiceError {
  return new ServiceError(
    "malformed_claim",
    "A token names one account by its UUID, or lists resellers, never both. Ask the issuer of your token to correct it.",
    { cause: new Error(`account claim: ${reason}`) },
  );
}
