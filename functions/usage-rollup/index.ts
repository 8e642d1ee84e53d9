import { athenaExecutor, athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { awsAccess } from "../../lib/composition/aws-access.ts";
import { environmentOrExit, rollupVariables } from "../../lib/composition/environment.ts";
import { requestsToS3 } from "../../lib/composition/object-reader.ts";
import { s3Client } from "../../lib/composition/s3.ts";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { FIRST_STATE_NAME } from "../../lib/rollup/first-state.ts";
import { CALL_USAGE } from "../../lib/rollup/listing.ts";
import { listDays } from "../../lib/s3/list-days.ts";
import { parseS3Folder, parseS3Uri } from "../../lib/s3/read-object.ts";
import { stateStore } from "../../lib/s3/rollup-store.ts";
import { usageRollup } from "./handler.ts";

const environment = environmentOrExit(rollupVariables, process.env);

const access = awsAccess(environment.AWS_REGION, process.env, {
  connect: 2_000,
  answer: 15_000,
  bytes: 15_000,
});
const { client, openObject, settings } = athena(environment, access);
const s3 = s3Client(environment, access);
// A run has 15 minutes, and no caller waits for it.
const waiting = { ...settings, waitsOutThrottling: true };
const { LAKE_LOCATION, ROLLUP_LOCATION } = environment;

export const handler = usageRollup({
  // The table's content is queried again each time.
  query: athenaQuerier(client, openObject, { ...waiting, freshnessSeconds: 0 }),
  execute: athenaExecutor(client, waiting),
  list: () => listDays(requestsToS3(environment, access), parseS3Folder(LAKE_LOCATION), CALL_USAGE),
  state: stateStore(s3, parseS3Uri(`${ROLLUP_LOCATION}${STATE_NAME}`)),
  firstState: stateStore(s3, parseS3Uri(`${ROLLUP_LOCATION}${FIRST_STATE_NAME}`)),
  lake: LAKE_LOCATION,
  table: `${ROLLUP_LOCATION}usage_daily/`,
  earliestDate: environment.EARLIEST_DATE,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
