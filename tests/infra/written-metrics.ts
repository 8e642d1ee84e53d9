import * as z from "zod";
import { METRICS } from "../../lib/http/metrics.ts";
import { caughtUpLine, closedRunLine, failedCompactionLine } from "./run-lines.ts";

/** The report's function in the template. */
export const REPORT = "ReportsLambdaFunction";

const REQUEST_METRICS: readonly string[] = Object.keys(METRICS);

const line = z.object({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([z.object({ Metrics: z.array(z.object({ Name: z.string() })) })]),
  }),
});
const metricsIn = (text: string) =>
  line.parse(JSON.parse(text))._aws.CloudWatchMetrics[0].Metrics.map(({ Name }) => Name);

/** The metrics of MinutesService that each function writes, by its logical id. */
export const WRITTEN_METRICS: Readonly<Record<string, readonly string[]>> = {
  [REPORT]: REQUEST_METRICS,
  BillingDashsnapshotLambdaFunction: metricsIn(closedRunLine()),
  BillingDashsnapshotsDashapiLambdaFunction: REQUEST_METRICS,
  UsageDashrollupLambdaFunction: [
    ...new Set([...metricsIn(caughtUpLine()), ...metricsIn(failedCompactionLine())]),
  ],
};
