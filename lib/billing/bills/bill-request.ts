import { type RequestError, ServiceError } from "../../errors.ts";
import { invalidRequest } from "../../request/report-request.ts";

/**
 * Reads the path of the bills: a bill's number, or the list. A bill takes no filter, because a part of it must not be
 * posted.
 *
 * @param segment the path's last segment; undefined for the list
 * @throws ServiceError `not_found` for a segment that is not a number, `invalid_request` for any parameter
 */
export function readBillRequest(segment: string | undefined, rawQueryString: string): number | undefined {
  if (segment !== undefined && !/^[1-9][0-9]{0,5}$/.test(segment))
    throw new ServiceError("not_found", "Give the bill's number as a whole number: /v1/billing/bills/7.");
  const errors = [...new Set(new URLSearchParams(rawQueryString).keys())].map(
    (name): RequestError => ({
      parameter: name.slice(0, 200),
      code: "unknown_parameter",
      message: "Bills take no parameters. A bill is always whole, because a part of it must not be posted.",
    }),
  );
  if (errors.length > 0) throw invalidRequest(errors);
  return segment === undefined ? undefined : Number(segment);
}

/** The 404 of a bill that does not exist. */
export function billNotFound(number: number, newest: number): ServiceError {
  const existing = newest === 1 ? "The only bill is bill 1." : `The bills are numbered 1 to ${newest}.`;
  const there = newest === 0 ? "There is no bill yet." : existing;
  return new ServiceError("not_found", `There is no bill ${number}. ${there}`);
}
