/**
 * Uses this project's client as the report does: the querier runs the query and its rows are folded into the report.
 * Answers each line of standard input with one of standard output.
 */
import { createInterface } from "node:readline";
import { AthenaClient } from "@aws-sdk/client-athena";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { environmentOrExit, reportVariables } from "../../lib/composition/environment.ts";
import { minutesByOrganization } from "../../lib/reports/minutes-by-organization/definition.ts";
import { s3ObjectReader } from "../../lib/s3/read-object.ts";
import { resellersInClaim } from "../../lib/scope/reseller-scope.ts";
import { RESELLER } from "../usage-result.ts";

const environment = environmentOrExit(reportVariables, process.env);
const requestHandler = new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 10_000 });
const region = environment.AWS_REGION;
const client = new AthenaClient({ region, requestHandler, maxAttempts: 1 });
const openObject = s3ObjectReader({
  region,
  credentials: client.config.credentials,
  requestHandler,
  clockOffset: () => client.config.systemClockOffset,
  endpoint: environment.AWS_ENDPOINT_URL_S3,
});
const query = athenaQuerier(client, openObject, {
  workgroup: environment.ATHENA_WORKGROUP,
  database: environment.ATHENA_DATABASE,
  catalog: environment.ATHENA_CATALOG,
  output: undefined,
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
