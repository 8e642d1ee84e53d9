import { AthenaClient } from "@aws-sdk/client-athena";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { environmentOrExit, reportVariables } from "../../lib/composition/environment.ts";
import { closedDaysReader } from "../../lib/s3/coverage-reader.ts";
import { s3ObjectReader } from "../../lib/s3/read-object.ts";
import { minutesByOrganization } from "./handler.ts";

const environment = environmentOrExit(reportVariables, process.env);

// Short, since a call that hangs is tried again inside the request's deadline: until a connection stands, until
// the first byte of an answer, and between its bytes.
const requestHandler = new NodeHttpHandler({
  connectionTimeout: 1_000,
  requestTimeout: 4_000,
  throwOnRequestTimeout: true,
  socketTimeout: 4_000,
});
const region = environment.AWS_REGION;
const endpoint = environment.AWS_ENDPOINT_URL_ATHENA;
// Retries are the querier's: inside the request's deadline, and counted.
const client = new AthenaClient({ region, requestHandler, maxAttempts: 1, ...(endpoint && { endpoint }) });
const openObject = s3ObjectReader({
  region,
  credentials: client.config.credentials,
  requestHandler,
  clockOffset: () => client.config.systemClockOffset,
  endpoint: environment.AWS_ENDPOINT_URL_S3,
});
const { LAKE_LOCATION: lake, ROLLUP_LOCATION: rollup } = environment;

export const handler = minutesByOrganization({
  query: athenaQuerier(client, openObject, {
    workgroup: environment.ATHENA_WORKGROUP,
    database: environment.ATHENA_DATABASE,
    catalog: environment.ATHENA_CATALOG,
    output: environment.ATHENA_OUTPUT,
    freshnessSeconds: environment.FRESHNESS_SECONDS,
  }),
  closedDays: rollup && lake ? closedDaysReader(openObject, rollup, lake) : undefined,
  limits: { earliestDate: environment.EARLIEST_DATE, maxRangeDays: environment.MAX_RANGE_DAYS },
  resellerClaim: environment.RESELLER_CLAIM,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
