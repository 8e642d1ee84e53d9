import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { environmentOrExit, snapshotsApiVariables } from "../../lib/composition/environment.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import { billingSnapshotsApi } from "./handler.ts";

const environment = environmentOrExit(snapshotsApiVariables, process.env);

const requestHandler = new NodeHttpHandler({
  connectionTimeout: 1_000,
  requestTimeout: 4_000,
  throwOnRequestTimeout: true,
  socketTimeout: 4_000,
});
const endpoint = environment.AWS_ENDPOINT_URL_S3;
// Retries are the store's.
const s3 = new S3Client({
  region: environment.AWS_REGION,
  requestHandler,
  maxAttempts: 1,
  ...(endpoint && { endpoint, forcePathStyle: true }),
});

export const handler = billingSnapshotsApi({
  store: snapshotStore(s3, environment.SNAPSHOT_BUCKET),
  resellerClaim: environment.RESELLER_CLAIM,
  graceDays: environment.GRACE_DAYS,
  earliestDate: environment.EARLIEST_DATE,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
