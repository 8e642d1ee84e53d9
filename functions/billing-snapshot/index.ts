import { athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { awsAccess } from "../../lib/composition/aws-access.ts";
import { environmentOrExit, snapshotVariables } from "../../lib/composition/environment.ts";
import { s3Client } from "../../lib/composition/s3.ts";
import { monthListing } from "../../lib/s3/month-listing.ts";
import { parseS3Folder } from "../../lib/s3/read-object.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import { billingSnapshot } from "./handler.ts";

const environment = environmentOrExit(snapshotVariables, process.env);

// Between the bytes of a result, its reader may wait for statements to be written.
const access = awsAccess(environment.AWS_REGION, process.env, {
  connect: 2_000,
  answer: 15_000,
  bytes: 60_000,
});
const { client, openObject, settings } = athena(environment, access);
const s3 = s3Client(environment, access);
const lake = environment.LAKE_LOCATION;

export const handler = billingSnapshot({
  query: athenaQuerier(client, openObject, {
    ...settings,
    // The same month as of the same instant is one execution, for any caller at any time.
    freshnessSeconds: Number.POSITIVE_INFINITY,
    // The run has a quarter of an hour, and no caller waits for it.
    waitsOutThrottling: true,
  }),
  store: snapshotStore(s3, environment.SNAPSHOT_BUCKET),
  graceDays: environment.GRACE_DAYS,
  earliestDate: environment.EARLIEST_DATE,
  billFrom: environment.BILL_FROM,
  lookBackMonths: environment.LOOK_BACK_MONTHS,
  listing: lake === undefined ? undefined : monthListing(s3, parseS3Folder(lake)),
  toleratedBrokenRecords: environment.TOLERATED_BROKEN_RECORDS,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
