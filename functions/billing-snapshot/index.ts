import { athenaQuerier } from "../../lib/athena/querier.ts";
import { athena } from "../../lib/composition/athena.ts";
import { connections } from "../../lib/composition/connections.ts";
import { environmentOrExit, snapshotVariables } from "../../lib/composition/environment.ts";
import { s3Client } from "../../lib/composition/s3.ts";
import { snapshotStore } from "../../lib/s3/snapshot-store.ts";
import { billingSnapshot } from "./handler.ts";

const environment = environmentOrExit(snapshotVariables, process.env);

// Between the bytes of a result its reader may wait for statements to be written.
const requestHandler = connections({ connect: 2_000, answer: 15_000, bytes: 60_000 });
const { client, openObject, settings } = athena(environment, requestHandler);
const s3 = s3Client(environment, requestHandler);

export const handler = billingSnapshot({
  query: athenaQuerier(client, openObject, {
    ...settings,
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
