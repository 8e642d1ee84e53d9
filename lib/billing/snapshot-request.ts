import * as z from "zod/mini";
import { type RequestError, ServiceError } from "../errors.ts";
import type { Day } from "../period.ts";
import { invalidRequest } from "../request/report-request.ts";
import { closableFrom, daysOf, isMonth, type Month, toInstant } from "./month.ts";

/** What a caller asks of the snapshots: a month's newest revision, an older one, or, without a month, the list. */
export interface SnapshotQuery {
  readonly month: Month | undefined;
  readonly revision: number | undefined;
}

/** What the address of a month may say: a revision, as a text on the wire. */
export const monthParameters = z.object({
  revision: z.optional(
    z.pipe(
      z.string().check(z.regex(/^[1-9][0-9]{0,3}$/)),
      z.pipe(z.transform(Number), z.int().check(z.minimum(1), z.maximum(9_999))),
    ),
  ),
});

/**
 * Reads the address.
 *
 * @param period the path's last segment; undefined for the list
 * @throws ServiceError `not_found` for a period that is no month, `invalid_request` for parameters that there are not
 */
export function readSnapshotRequest(period: string | undefined, rawQueryString: string): SnapshotQuery {
  if (period !== undefined && !isMonth(period)) {
    throw new ServiceError("not_found", "Give the month as YYYY-MM: /v1/billing/snapshots/2026-04.");
  }
  const errors: RequestError[] = [];
  const known = period === undefined ? [] : Object.keys(monthParameters.shape);
  const given = new URLSearchParams(rawQueryString);
  const { data } = monthParameters.safeParse(Object.fromEntries(given));
  for (const name of new Set(given.keys())) {
    const parameter = name.slice(0, 200);
    if (!known.includes(name)) {
      const there = known.length === 0 ? "This address takes none." : `Known is ${known.join(", ")}.`;
      errors.push({ parameter, code: "unknown_parameter", message: `There is no such parameter. ${there}` });
    } else if (given.getAll(name).length > 1) {
      errors.push({ parameter, code: "repeated", message: `Give ${parameter} once.` });
    } else if (data === undefined) {
      const message = "revision must be a whole number from 1 to 9999; leave it out for the newest.";
      errors.push({ parameter, code: "invalid_revision", message });
    }
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return { month: period, revision: data?.revision };
}

/** The 404 of a month without a revision: when it will have one, and what to ask until then. */
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
  return notClosed(`${month} is not closed yet; it is due since ${from}. ${live}`);
}

/** The 404 of a revision that a closed month does not have. */
export function revisionNotFound(month: Month, newest: number): ServiceError {
  const there = newest === 1 ? "revision 1 alone" : `revisions 1 to ${newest}`;
  return new ServiceError("not_found", `${month} has ${there}; leave revision out for the newest.`);
}

function notClosed(detail: string): ServiceError {
  return new ServiceError("month_not_closed", detail);
}
