/**
 * Uses this project's client as the report does: the querier runs the query and its rows are folded into the report.
 * Answers each line of standard input with one of standard output.
 */
import { createInterface } from "node:readline";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { awsAccess } from "../../lib/composition/aws-access.ts";
import { environmentOrExit, reportVariables } from "../../lib/composition/environment.ts";
import { minutesByOrganization } from "../../lib/reports/minutes-by-organization/definition.ts";
import { resellersInClaim } from "../../lib/scope/reseller-scope.ts";
import { RESELLER } from "../usage-result.ts";

const environment = environmentOrExit(reportVariables, process.env);
const access = awsAccess(environment.AWS_REGION, process.env, {
  connect: 1_000,
  answer: 10_000,
  bytes: 10_000,
});
const { client, openObject, settings } = athena(environment, access);
const query = athenaQuerier(client, openObject, {
  ...settings,
  freshnessSeconds: 0,
  waitsOutThrottling: false,
});

const scope = resellersInClaim(RESELLER);
if (scope === undefined) throw new TypeError("the claim names a reseller");
const request = minutesByOrganization.request(
  { start_date: "2026-04-01", end_date: "2026-04-30" },
  { earliestDate: environment.EARLIEST_DATE, maxRangeDays: environment.MAX_RANGE_DAYS },
);

for await (const _ of createInterface({ input: process.stdin })) {
  let rows = 0;
  const observe = (facts: { readonly rows?: number }) => {
    rows = facts.rows ?? rows;
  };
  const startedAt = performance.now();
  const report = await request.read(
    scope,
    undefined,
    query,
    { deadline: Date.now() + 120_000, observe },
    () => undefined,
  );
  const milliseconds = performance.now() - startedAt;
  const seconds = secondsOf([...report.csv()].join(""));
  process.stdout.write(`${JSON.stringify({ milliseconds, rows, seconds })}\n`);
}

/** The seconds of a report's lines together; the third column from the end. */
function secondsOf(csv: string): number {
  const lines = csv.trimEnd().split("\r\n").slice(1);
  return lines.reduce((sum, line) => sum + Number(line.split(",").at(-3)), 0);
}
