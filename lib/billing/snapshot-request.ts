import * as z from "zod/mini";
import { type RequestError, ServiceError } from "../errors.ts";
import type { Uuid } from "../ids.ts";
import type { Day } from "../period.ts";
import { readQueryString } from "../request/query-string.ts";
import { invalidRequest, PARAMETERS, toRequestErrors, unknownParameter } from "../request/report-request.ts";
import { closableFrom, daysOf, isMonth, type Month, toInstant } from "./month.ts";

/** The revision and the filters of a closed month, from a query string. */
export interface MonthQuery {
  /** The newest by default. */
  readonly revision?: number | undefined;
  readonly organization_ids?: readonly Uuid[] | undefined;
  readonly reseller_ids?: readonly Uuid[] | undefined;
}

/** A request for the snapshots: a month or, without one, the list. */
export interface SnapshotQuery extends MonthQuery {
  readonly month: Month | undefined;
}

const { organization_ids, reseller_ids } = PARAMETERS;

/** The parameters of a closed month and of its adjustments. The filters are those of the report. */
export const monthParameters = z.strictObject({
  revision: z.optional(
    z.pipe(
      z.string().check(z.regex(/^[1-9][0-9]{0,3}$/)),
      z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(9_999))),
    ),
  ),
  organization_ids,
  reseller_ids,
});

/**
 * Reads the path and the query.
 *
 * @param period the month in the path; undefined for the list
 * @throws ServiceError `not_found` for a period that is not a month, `invalid_request` for invalid or unknown
 * parameters
 */
export function readSnapshotRequest(period: string | undefined, rawQueryString: string): SnapshotQuery {
  if (period === undefined) {
    requireNoParameters(rawQueryString);
    return { month: undefined };
  }
  if (!isMonth(period)) {
    throw new ServiceError("not_found", "Give the month as YYYY-MM: /v1/billing/snapshots/2026-04.");
  }
  return { month: period, ...readMonthQuery(rawQueryString) };
}

function readMonthQuery(rawQueryString: string): MonthQuery {
  const names = Object.keys(monthParameters.shape);
  const { stated, errors: found } = readQueryString(rawQueryString, names);
  const { data, error } = monthParameters.safeParse(stated);
  const unreadable = new Set(found.map(({ parameter }) => parameter));
  const errors = toRequestErrors(error?.issues ?? [], stated, names)
    .map((each) => (each.parameter === "revision" ? INVALID_REVISION : each))
    .filter(({ parameter }) => !unreadable.has(parameter));
  if (data === undefined || found.length > 0) throw invalidRequest([...found, ...errors]);
  return data;
}

const INVALID_REVISION: RequestError = {
  parameter: "revision",
  code: "invalid_revision",
  message: "revision must be a whole number from 1 to 9999. Omit it for the newest.",
};

function requireNoParameters(rawQueryString: string): void {
  const names = new Set(new URLSearchParams(rawQueryString).keys());
  if (names.size > 0) throw invalidRequest(Array.from(names, (name) => unknownParameter(name, [])));
}

/** The 404 of a month without a revision: when it will have one, and where to find its figures until then. */
export function monthNotClosed(
  month: Month,
  {
    graceDays,
    earliestDate,
    now,
  }: { readonly graceDays: number; readonly earliestDate: Day; readonly now: number },
): ServiceError {
  const from = closableFrom(month, graceDays);
  const first = daysOf(month).at(0) ?? "";
  const last = daysOf(month).at(-1) ?? "";
  const live = `The live report shows it so far: /v1/reports/minutes-by-organization?start_date=${first < earliestDate ? earliestDate : first}&end_date=${last}.`;
  if (last < earliestDate) return notClosed(`${month} is before the data begins, on ${earliestDate}.`);
  if (from > toInstant(now)) return notClosed(`${month} is closed on ${from} at the earliest. ${live}`);
  return notClosed(`${month} is not closed yet. It has been due since ${from}. ${live}`);
}

/** The 404 of a revision that a closed month does not have. */
export function revisionNotFound(month: Month, newest: number): ServiceError {
  const there = newest === 1 ? "only revision 1" : `revisions 1 to ${newest}`;
  return new ServiceError("not_found", `${month} has ${there}. Omit revision for the newest.`);
}

function notClosed(detail: string): ServiceError {
  return new ServiceError("month_not_closed", detail);
}
