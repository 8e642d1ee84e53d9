import { METRICS } from "../../lib/http/metrics.ts";

/** The report's function in the template. */
export const REPORT = "MinutesDashbyDashorganizationLambdaFunction";

const REQUEST_METRICS: readonly string[] = Object.keys(METRICS);

/** What each function writes of the namespace MinutesService, by its logical id. */
export const WRITTEN_METRICS: Readonly<Record<string, readonly string[]>> = {
  [REPORT]: REQUEST_METRICS,
  BillingDashsnapshotLambdaFunction: ["OpenDays"],
  BillingDashsnapshotsDashapiLambdaFunction: REQUEST_METRICS,
};
