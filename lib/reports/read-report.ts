import { ServiceError } from "../errors.ts";
import type { Querier, RunOptions } from "../query.ts";
import { type UsageSelection, usageQuery } from "../usage/query.ts";
import { foldReport, type Report } from "./minutes-by-organization/report.ts";

/**
 * Reads a report: its closed days from the rollup, the others from their calls.
 *
 * A rollup that is not what its state says (days that it lacks, a table that is gone or cannot be read) never makes an
 * answer wrong or a failure: everything is then read from the calls, once, within the same deadline.
 *
 * @param fellBack is told why, where that was so
 * @throws ServiceError as the querier and `foldReport` do
 */
export async function readReport(
  selection: UsageSelection,
  query: Querier,
  options: RunOptions,
  fellBack: (error: ServiceError) => void,
): Promise<Report> {
  const { period, rolled, ...rest } = selection;
  if (rolled !== undefined) {
    try {
      return await foldReport(query(usageQuery(selection), options), period, rolled);
    } catch (error) {
      // What may pass, took too long or read too much would only do so again.
      if (!(error instanceof ServiceError) || error.code !== "internal_error") throw error;
      fellBack(error);
    }
  }
  return foldReport(query(usageQuery({ ...rest, period }), options), period);
}
