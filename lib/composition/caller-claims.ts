import { grantReader } from "../s3/grant-reader.ts";
import type { OpenObject } from "../s3/read-object.ts";
import type { CallerEnvironment } from "./environment.ts";

/** Which claims say whose figures a caller may see, and how the grant of an account is read. */
export function callerClaims(
  { RESELLER_CLAIM: resellerClaim, ACCOUNT_CLAIM: claim, GRANTS_LOCATION: location }: CallerEnvironment,
  openObject: OpenObject,
) {
  return {
    resellerClaim,
    accounts: claim && location ? { claim, grantOf: grantReader(openObject, location) } : undefined,
  };
}
