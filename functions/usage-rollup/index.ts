import { AthenaClient } from "@aws-sdk/client-athena";
import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { athenaExecutor, athenaQuerier } from "../../lib/athena/querier.ts";
import { environmentOrExit, rollupVariables } from "../../lib/composition/environment.ts";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { CALL_USAGE } from "../../lib/rollup/listing.ts";
import { parseS3Folder, parseS3Uri, s3ObjectReader } from "../../lib/s3/read-object.ts";
import { listLake, stateStore } from "../../lib/s3/rollup-store.ts";
import { usageRollup } from "./handler.ts";

const environment = environmentOrExit(rollupVariables, process.env);

const requestHandler = new NodeHttpHandler({
  connectionTimeout: 2_000,
  requestTimeout: 15_000,
  throwOnRequestTimeout: true,
  socketTimeout: 15_000,
});
const region = environment.AWS_REGION;
const athenaEndpoint = environment.AWS_ENDPOINT_URL_ATHENA;
const s3Endpoint = environment.AWS_ENDPOINT_URL_S3;
// Retries are the querier's and the store's.
const athena = new AthenaClient({
  region,
  requestHandler,
  maxAttempts: 1,
  ...(athenaEndpoint && { endpoint: athenaEndpoint }),
});
const s3 = new S3Client({
  region,
  requestHandler,
  maxAttempts: 1,
  ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
});
const openObject = s3ObjectReader({
  region,
  credentials: athena.config.credentials,
  requestHandler,
  clockOffset: () => athena.config.systemClockOffset,
  endpoint: s3Endpoint,
});
const settings = {
  workgroup: environment.ATHENA_WORKGROUP,
  database: environment.ATHENA_DATABASE,
  catalog: environment.ATHENA_CATALOG,
  output: environment.ATHENA_OUTPUT,
};
const { LAKE_LOCATION, ROLLUP_LOCATION } = environment;

export const handler = usageRollup({
  // What stands in the table is asked anew each time.
  query: athenaQuerier(athena, openObject, { ...settings, freshnessSeconds: 0 }),
  execute: athenaExecutor(athena, settings),
  list: () => listLake(s3, parseS3Folder(LAKE_LOCATION), CALL_USAGE),
  state: stateStore(s3, parseS3Uri(`${ROLLUP_LOCATION}${STATE_NAME}`)),
  lake: LAKE_LOCATION,
  table: `${ROLLUP_LOCATION}usage_daily/`,
  earliestDate: environment.EARLIEST_DATE,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
