/** `npm run remove`: deletes a stage's stack and all its data except the closed months. */
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Stack,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { S3Client } from "@aws-sdk/client-s3";
import { DEFAULT_REGION, resourcesOf, retainedIn, stackName } from "./deployed-stack.ts";
import { emptyBucket } from "./empty-bucket.ts";

const USAGE = `Usage: npm run remove -- --stage STAGE [--region REGION] [--yes]
  --stage STAGE    the stage to remove
  --region REGION  where it is deployed (${DEFAULT_REGION})
  --yes            does not ask for the stage's name first`;

/** A CloudFront distribution takes most of this time, because it is disabled everywhere first. */
const MOST_SECONDS = 3_600;

/** Attempts to delete the stack. Runs that end meanwhile may write into an emptied bucket. */
const TRIES = 3;

/** The error for the caller of the command. */
class RemovalError extends Error {}

async function remove(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stage: { type: "string" },
      region: { type: "string", default: DEFAULT_REGION },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const { stage, region, yes } = values;
  if (stage === undefined) throw new RemovalError(`Say which stage to remove.\n${USAGE}`);

  const stack = stackName(stage);
  const cloudFormation = new CloudFormationClient({ region });
  const s3 = new S3Client({ region });
  const described = await describe(cloudFormation, stack);
  if (described === undefined) throw new RemovalError(`There is no stack ${stack} in ${region}.`);
  const id = described.StackId ?? stack;

  const [resources, retained] = await Promise.all([
    resourcesOf(cloudFormation, stack),
    retainedIn(cloudFormation, stack),
  ]);
  const buckets = resources.filter(({ type }) => type === "AWS::S3::Bucket");
  const emptied = buckets.filter(({ logicalId }) => !retained.has(logicalId));
  const kept = buckets.filter(({ logicalId }) => retained.has(logicalId));
  console.log(`${stack} in ${region} has ${resources.length} resources.`);
  for (const { logicalId, physicalId } of emptied)
    console.log(`  deletes the bucket ${physicalId} and all its objects (${logicalId})`);
  for (const { logicalId, physicalId } of kept)
    console.log(`  keeps the bucket ${physicalId} (${logicalId})`);
  if (!yes) await confirm(stage);

  for (let attempt = 1; ; attempt++) {
    for (const { physicalId } of emptied) {
      const objects = await emptyIfThere(s3, physicalId);
      if (objects !== undefined) console.log(`Emptied ${physicalId}: ${objects} objects.`);
    }
    await cloudFormation.send(new DeleteStackCommand({ StackName: id }));
    console.log("Deleting the stack. CloudFront takes several minutes …");
    if (await isDeleted(cloudFormation, id)) break;
    const reason = (await describe(cloudFormation, id))?.StackStatusReason ?? "no reason given";
    if (attempt === TRIES)
      throw new RemovalError(`The stack ${stack} could not be deleted: ${reason}\nRun the command again.`);
    console.log(`The stack could not be deleted: ${reason}\nTrying again …`);
  }

  console.log(`Removed ${stack} from ${region}.`);
  for (const { physicalId } of kept) {
    console.log(
      `The bucket ${physicalId} stays, with its policy, because it contains the closed months, which were billed. Nobody can delete or change an object in it while the policy is there.`,
    );
  }
}

async function describe(client: CloudFormationClient, stack: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    return Stacks?.find(({ StackStatus }) => StackStatus !== "DELETE_COMPLETE");
  } catch (error) {
    // CloudFormation has no error type of its own for a missing stack.
    if (error instanceof Error && error.message.includes("does not exist")) return undefined;
    throw error;
  }
}

/** Asks a person for the stage's name. Any other input, or its end, means no. */
async function confirm(stage: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => void terminal.once("close", () => resolve("")));
  const question = terminal.question(`To remove it, type the name of the stage (${stage}): `);
  const answer = await Promise.race([question, ended]);
  terminal.close();
  if (answer.trim() !== stage) throw new RemovalError("Nothing was removed. In scripts, use --yes.");
}

async function emptyIfThere(s3: S3Client, bucket: string): Promise<number | undefined> {
  try {
    return await emptyBucket(s3, bucket);
  } catch (error) {
    // An earlier attempt has deleted it.
    if (error instanceof Error && error.name === "NoSuchBucket") return undefined;
    throw error;
  }
}

async function isDeleted(client: CloudFormationClient, id: string): Promise<boolean> {
  try {
    await waitUntilStackDeleteComplete({ client, maxWaitTime: MOST_SECONDS }, { StackName: id });
    return true;
  } catch (error) {
    if ((await describe(client, id))?.StackStatus === "DELETE_FAILED") return false;
    throw error;
  }
}

try {
  await remove();
} catch (error) {
  const isOption =
    error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  console.error(
    error instanceof RemovalError ? error.message : isOption ? `${error.message}\n${USAGE}` : error,
  );
  process.exitCode = 1;
}
