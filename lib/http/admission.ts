import { createHash } from "node:crypto";
import { internalError, ServiceError } from "../errors.ts";
import type { ExecutionBudget } from "../execution-budget.ts";
import type { Caller } from "./caller-scope.ts";
import { type HttpRequest, verifiedClaims } from "./http-request.ts";

/** The budget of each partner. */
export interface PartnerBudget {
  readonly take: ExecutionBudget;
  /** The claim that names the partner of a token; undefined: the resellers of the token are the partner. */
  readonly partnerClaim: string | undefined;
}

/**
 * Returns a function that asks the budget for a request, before the first execution that it starts. Further executions of the
 * same request, such as a fallback's, are never refused. Undefined: there is no budget.
 *
 * @returns throws ServiceError `too_many_queries` where the partner's budget is used up
 */
export function admission(
  event: HttpRequest,
  caller: Caller,
  budget: PartnerBudget | undefined,
): ((token: string) => Promise<void>) | undefined {
  if (budget === undefined) return undefined;
  const partner = partnerOf(verifiedClaims(event), caller, budget.partnerClaim);
  let isAsked = false;
  return async (token) => {
    if (isAsked) return;
    isAsked = true;
    const admitted = await budget.take(partner, token);
    if (admitted.kind === "unknown") {
      event.record.add({ budgetUnavailable: internalError("the budget cannot be asked", admitted.cause) });
    }
    if (admitted.kind === "refused") throw tooManyQueries(admitted.retryAfterSeconds);
  };
}

/**
 * Returns the partner's key in the budget. It is a hash of the account, if the token names one, else of the claim that
 * names the partner, else of all resellers of the token. Filters of a request do not matter.
 */
function partnerOf(
  claims: Readonly<Record<string, unknown>>,
  { account, scope }: Caller,
  partnerClaim: string | undefined,
): string {
  const named = partnerClaim !== undefined && Object.hasOwn(claims, partnerClaim) ? claims[partnerClaim] : "";
  const isNamed = typeof named === "string" && named !== "";
  const identity = account ?? (isNamed ? ["claim", named] : ["resellers", scope?.resellerIds]);
  return createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 32);
}

function tooManyQueries(seconds: number): ServiceError {
  return new ServiceError(
    "too_many_queries",
    "Too many new queries were started for your resellers. The header retry-after says after how many seconds to try again. A request that was made in the last minute is not counted again.",
    { headers: { "retry-after": String(seconds) } },
  );
}
