import { AthenaClient } from "@aws-sdk/client-athena";
import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { athenaQuerier } from "../../lib/athena/querier.ts";
import { environmentOrExit, snapshotVariables } from "../../lib/composition/environment.ts";
import { s3ObjectReader } from "../../lib/s3/read-object.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import { billingSnapshot } from "./handler.ts";

const environment = environmentOrExit(snapshotVariables, process.env);

// Between the bytes of a result its reader may wait for statements to be written.
const requestHandler = new NodeHttpHandler({
  connectionTimeout: 2_000,
  requestTimeout: 15_000,
  throwOnRequestTimeout: true,
  socketTimeout: 60_000,
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

export const handler = billingSnapshot({
  query: athenaQuerier(athena, openObject, {
    workgroup: environment.ATHENA_WORKGROUP,
    database: environment.ATHENA_DATABASE,
    catalog: environment.ATHENA_CATALOG,
    output: environment.ATHENA_OUTPUT,
    // The same month as of the same instant is one execution, whoever asks and when.
    freshnessSeconds: Number.POSITIVE_INFINITY,
  }),
  store: snapshotStore(s3, environment.SNAPSHOT_BUCKET),
  graceDays: environment.GRACE_DAYS,
  earliestDate: environment.EARLIEST_DATE,
  billFrom: environment.BILL_FROM,
  toleratedBrokenRecords: environment.TOLERATED_BROKEN_RECORDS,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
