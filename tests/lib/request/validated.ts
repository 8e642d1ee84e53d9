import * as z from "zod/mini";
import type { RequestError } from "../../../lib/errors.ts";
import type { Uuid } from "../../../lib/ids.ts";
import type { Period } from "../../../lib/period.ts";
import {
  namesOf,
  PARAMETERS,
  periodOf,
  type RequestLimits,
  validateRequest,
} from "../../../lib/request/report-request.ts";

const { start_date, end_date, organization_ids, reseller_ids } = PARAMETERS;

/** A report with every optional filter. */
const parameters = z.strictObject({ start_date, end_date, organization_ids, reseller_ids });

export const NAMES = namesOf(parameters);

export interface ValidRequest {
  readonly period: Period;
  readonly organizationIds: readonly Uuid[] | undefined;
  readonly resellerIds: readonly Uuid[] | undefined;
}

/** The request of such a report. @throws ServiceError `invalid_request` */
export function validated(
  stated: unknown,
  limits: RequestLimits,
  found?: readonly RequestError[],
): ValidRequest {
  const request = validateRequest(parameters, stated, limits, found);
  return {
    period: periodOf(request),
    organizationIds: request.organization_ids,
    resellerIds: request.reseller_ids,
  };
}
