/** `npm run verify`: checks a bucket of closed months and bills, of the running stack or in AWS. */
import { parseArgs } from "node:util";
import { S3Client } from "@aws-sdk/client-s3";
import { isMonth } from "../lib/billing/month.ts";
import { BILL_FROM, SNAPSHOT_BUCKET } from "../local/functions.ts";
import { adviceOn, requirePort, UsageError } from "../local/options.ts";
import { runningServices } from "../local/running-services.ts";
import { s3Bucket } from "./verify/bucket.ts";
import { type Expectations, verifyBucket } from "./verify/verify-bucket.ts";

const USAGE = `Usage: npm run -s verify -- [--port N] [--from YYYY-MM] [--head NUMBER:SHA256]
       npm run -s verify -- --bucket NAME [--region REGION] [--from YYYY-MM] [--head NUMBER:SHA256]
  --port N              port of the running stack whose bucket is checked (8787)
  --bucket NAME         a bucket in AWS, read with the credentials of the environment
  --region REGION       its region; otherwise AWS_REGION
  --from YYYY-MM        the first month that is billed (the deploy parameter billFrom): every closed month
                        from it on must be in a bill. For the running stack: ${BILL_FROM}
  --head NUMBER:SHA256  a bill that you have seen: it must be there, with this hash. Without it nothing reveals
                        that the last bills were removed. Keep the last line's value outside the bucket.
Prints one line for each month and bill, and what is wrong below it. Ends with 1 when anything is wrong.`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8787" },
      bucket: { type: "string" },
      region: { type: "string" },
      from: { type: "string" },
      head: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  return { ...values, port: requirePort(values.port) };
}

function expectationsOf({ bucket, from, head }: ReturnType<typeof readArguments>): Expectations {
  const first = from ?? (bucket === undefined ? BILL_FROM : undefined);
  if (first !== undefined && !isMonth(first)) throw new UsageError("--from must be a month as YYYY-MM.");
  const [, number, sha256] = /^(\d+):([0-9a-f]{64})$/.exec(head ?? "") ?? [];
  if (head !== undefined && sha256 === undefined)
    throw new UsageError("--head must be a bill's number and its SHA-256: 7:0123….");
  return {
    from: first,
    head: number === undefined || sha256 === undefined ? undefined : { number: Number(number), sha256 },
  };
}

/** Creates a client of the bucket in AWS, or of the stack that runs at the port. */
async function clientOf({ bucket, region, port }: ReturnType<typeof readArguments>): Promise<S3Client> {
  if (bucket !== undefined) return new S3Client({ maxAttempts: 8, ...(region !== undefined && { region }) });
  const services = await runningServices(port);
  if (services === undefined)
    throw new UsageError(`No stack answers at port ${port}. Start one with npm start, or give --bucket.`);
  return new S3Client({
    endpoint: services.s3,
    forcePathStyle: true,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}

async function run(): Promise<void> {
  const options = readArguments();
  if (options.help) return console.log(USAGE);
  const expectations = expectationsOf(options);
  const client = await clientOf(options);
  let wrong = 0;
  const bucket = s3Bucket(client, options.bucket ?? SNAPSHOT_BUCKET);
  for await (const { subject, summary, findings } of verifyBucket(bucket, expectations)) {
    console.log(`${findings.length === 0 ? "ok   " : "WRONG"} ${subject}: ${summary}`);
    for (const finding of findings) console.log(`        ${finding}`);
    wrong += findings.length;
  }
  console.log(wrong === 0 ? "Nothing is wrong." : `Findings: ${wrong}.`);
  if (wrong > 0) process.exitCode = 1;
}

try {
  await run();
} catch (error) {
  console.error(adviceOn(error, USAGE) ?? error);
  process.exitCode = 2;
}
