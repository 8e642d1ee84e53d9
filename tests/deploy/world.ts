import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type DeployedResource, resourcesOf, stackName } from "../../infra/deployed-stack.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { BILL_FROM } from "../../local/functions.ts";
import type { LocalServer } from "../../local/listen.ts";
import { openLake } from "../../local/options.ts";
import { ownStack } from "../../local/own-stack.ts";
import type { Stack } from "../../local/stack.ts";
import { type Cloud, cloudAt } from "./cloud.ts";
import { type CommandResult, deployerEnvironment, npmRun } from "./commands.ts";
import { type HttpsIssuer, startHttpsIssuer } from "./issuer.ts";
import { uploadLake } from "./lake.ts";
import { type MiniStack, startMiniStack } from "./ministack.ts";

export const LAKE_BUCKET = "telephony-lake";

/** An AWS account with a lake and an issuer, and the local stack over the same lake to compare with. */
export interface World extends AsyncDisposable {
  readonly miniStack: MiniStack;
  readonly issuer: HttpsIssuer;
  readonly local: Stack;
  readonly engine: Engine;
  readonly cloud: (region: string) => Cloud;
  /** Closes a server when all tests have ended. */
  readonly untilTheEnd: (server: LocalServer) => void;
  /** Runs `npm run <script>` as a deployer of this account. */
  readonly run: (script: string, args: readonly string[], input?: string) => Promise<CommandResult>;
  /** Runs `npm run deploy` with all required parameters and more. */
  readonly deploy: (options: readonly string[], parameters?: object) => Promise<CommandResult>;
}

export async function startWorld(): Promise<World> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  started.defer(() => rm(folder, { recursive: true }));
  const issuer = started.adopt(await startHttpsIssuer(folder), (running) => running.close());
  const miniStack = started.adopt(await startMiniStack(issuer.certificate), (running) => running.close());
  const { engine, directory } = await openLake({ engine: "duckdb" });
  started.defer(() => engine.close());
  const local = started.use(await ownStack());
  const clouds = new Map<string, Cloud>();
  started.defer(() => {
    for (const cloud of clouds.values()) cloud[Symbol.dispose]();
  });
  const cloud = (region: string) => {
    const known = clouds.get(region) ?? cloudAt(miniStack.url, region);
    clouds.set(region, known);
    return known;
  };
  const { s3 } = cloud("us-east-1");
  await s3.send(new CreateBucketCommand({ Bucket: LAKE_BUCKET }));
  await uploadLake(s3, directory, LAKE_BUCKET);

  const environment = deployerEnvironment(miniStack.url);
  const run: World["run"] = (script, args, input) => {
    RUN_COMMANDS.push(commandOf(script, args));
    return npmRun(script, args, environment, input);
  };
  const required = {
    jwtIssuer: issuer.url,
    lakeBucket: LAKE_BUCKET,
    billFrom: BILL_FROM,
    snapshotLockDays: "0",
  };
  const parts = started.move();
  return {
    miniStack,
    issuer,
    local,
    engine,
    cloud,
    untilTheEnd: (server) => void parts.adopt(server, (running) => running.close()),
    run,
    deploy: (options, parameters = {}) => {
      const given = Object.entries({ ...required, ...parameters });
      return run("deploy", [...options, ...given.map(([name, value]) => `--param=${name}=${value}`)]);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Every command that was run here, as `commandOf` reduces it. */
export const RUN_COMMANDS: Set<string>[] = [];

/** A command without its values: the script, the names of its options, and of the deploy parameters. */
export function commandOf(script: string, args: readonly string[]): Set<string> {
  const names = args
    .filter((arg) => arg.startsWith("--"))
    .map((arg) => /^--(param=)?\w+/.exec(arg)?.[0] ?? arg);
  return new Set([script, ...names]);
}

/** A deployed stage as its tests see it. */
export interface Deployed {
  readonly cloud: Cloud;
  readonly stack: string;
  readonly resources: readonly DeployedResource[];
  /** The name or id of the resource with this logical id. */
  readonly physicalId: (logicalId: string) => string;
  readonly outputs: Readonly<Record<string, string>>;
}

export async function deployedStage(
  { cloud }: World,
  stage: string,
  region = "us-east-1",
): Promise<Deployed> {
  const own = cloud(region);
  const stack = stackName(stage);
  const resources = await resourcesOf(own.cloudFormation, stack);
  const { Stacks } = await own.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks?.[0]?.Outputs?.map(({ OutputKey = "", OutputValue = "" }) => [
    OutputKey,
    OutputValue,
  ]);
  return {
    cloud: own,
    stack,
    resources,
    physicalId: (logicalId) => {
      const found = resources.find((each) => each.logicalId === logicalId);
      if (found === undefined) throw new Error(`${stack} has no ${logicalId}`);
      return found.physicalId;
    },
    outputs: Object.fromEntries(outputs ?? []),
  };
}
