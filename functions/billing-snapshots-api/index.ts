import { awsAccess } from "../../lib/composition/aws-access.ts";
import { callerClaims } from "../../lib/composition/caller-claims.ts";
import { environmentOrExit, snapshotsApiVariables } from "../../lib/composition/environment.ts";
import { objectReader } from "../../lib/composition/object-reader.ts";
import { s3Client } from "../../lib/composition/s3.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import { billingSnapshotsApi } from "./handler.ts";

const environment = environmentOrExit(snapshotsApiVariables, process.env);

const access = awsAccess(environment.AWS_REGION, process.env, {
  connect: 1_000,
  answer: 4_000,
  bytes: 4_000,
});
const s3 = s3Client(environment, access);

export const handler = billingSnapshotsApi({
  store: snapshotStore(s3, environment.SNAPSHOT_BUCKET),
  ...callerClaims(environment, objectReader(environment, access)),
  callerHashKey: environment.CALLER_HASH_KEY,
  graceDays: environment.GRACE_DAYS,
  earliestDate: environment.EARLIEST_DATE,
  now: Date.now,
  write: (line) => void process.stdout.write(`${line}\n`),
});
