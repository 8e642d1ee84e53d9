import { setTimeout as sleep } from "node:timers/promises";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { type DeployedResource, resourcesOf, stackName } from "../deployed-stack.ts";
import { type Check, CheckFailure, require } from "./check.ts";

export interface DeployedService {
  readonly stage: string;
  readonly region: string;
  /** Seconds until log lines and metrics must have arrived and no alarm rings. */
  readonly patience: number;
}

/** The functions that run on a schedule, the events sent to them here, and the metric that each run writes. */
const RUNS = [
  { folder: "usage-rollup", event: () => ({ task: "roll up" }), metric: "RollupFailures" },
  {
    folder: "billing-snapshot",
    event: (now: Date) => ({ scheduled_time: `${now.toISOString().slice(0, 19)}Z` }),
    metric: "SnapshotFailures",
  },
];

const returned = z.object({ outcome: z.string() });

const EVERY_MS = 5_000;

/**
 * Checks a deployment from the inside. Both functions do what their schedules make them do anyway: they roll up days,
 * and close the last month if it is due.
 */
export function awsChecks({ stage, region, patience }: DeployedService): readonly Check[] {
  const cloudFormation = new CloudFormationClient({ region });
  // A run may take as long as Lambda allows.
  const lambda = new LambdaClient({ region, maxAttempts: 1, requestHandler: { requestTimeout: 910_000 } });
  const logs = new CloudWatchLogsClient({ region });
  const cloudWatch = new CloudWatchClient({ region });
  const stack = stackName(stage);
  const startedAt = new Date();
  let known: Promise<DeployedResource[]> | undefined;
  const resources = () => (known ??= resourcesOf(cloudFormation, stack));
  const until = (attempt: () => Promise<string | undefined>) => eventually(attempt, patience);

  const perRun = RUNS.flatMap(({ folder, event, metric }): Check[] => [
    {
      name: `${folder} runs when it is invoked`,
      run: async () => {
        const FunctionName = await nameOf(await resources(), folder);
        const Payload = Buffer.from(JSON.stringify(event(startedAt)));
        const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
        const text = Buffer.from(answer.Payload ?? []).toString();
        require(answer.FunctionError === undefined, `the run failed: ${text}`);
        return returned.parse(JSON.parse(text)).outcome;
      },
    },
    {
      name: `the log of ${folder} has the line of a run`,
      run: async () => {
        const logGroupName = `/aws/lambda/${await nameOf(await resources(), folder)}`;
        const startTime = startedAt.getTime();
        await until(async () => {
          for await (const { events = [] } of paginateFilterLogEvents(
            { client: logs },
            { logGroupName, startTime },
          )) {
            if (events.some(({ message = "" }) => message.includes(`"${metric}"`))) return undefined;
          }
          return `${logGroupName} has no such line since ${startedAt.toISOString()}`;
        });
        return undefined;
      },
    },
    {
      name: `the metric ${metric} of ${folder} has arrived`,
      run: async () => {
        const FunctionName = await nameOf(await resources(), folder);
        await until(async () => {
          const { Datapoints = [] } = await cloudWatch.send(
            new GetMetricStatisticsCommand({
              Namespace: "MinutesService",
              MetricName: metric,
              Dimensions: [{ Name: "FunctionName", Value: FunctionName }],
              StartTime: new Date(startedAt.getTime() - 60_000),
              EndTime: new Date(Date.now() + 60_000),
              Period: 60,
              Statistics: ["Sum"],
            }),
          );
          return Datapoints.length > 0 ? undefined : "CloudWatch has no value of this run";
        });
        return undefined;
      },
    },
  ]);

  return [
    {
      name: `the stack ${stack} is in ${region}`,
      run: async () => `${(await resources()).length} resources`,
    },
    ...perRun,
    {
      name: "the stack has every alarm, and none rings",
      run: async () => {
        const names = (await resources())
          .filter(({ type }) => type === "AWS::CloudWatch::Alarm")
          .map(({ physicalId }) => physicalId);
        require(names.length > 0, "the stack has no alarm");
        await until(async () => {
          const states = new Map<string | undefined, string | undefined>();
          for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
            { client: cloudWatch },
            { AlarmNamePrefix: stack },
          )) {
            for (const { AlarmName, StateValue } of MetricAlarms) states.set(AlarmName, StateValue);
          }
          const missing = names.filter((name) => !states.has(name));
          if (missing.length > 0) return `missing: ${missing.join(", ")}`;
          const ringing = names.filter((name) => states.get(name) === "ALARM");
          return ringing.length > 0 ? `ringing: ${ringing.join(", ")}` : undefined;
        });
        return `${names.length} alarms`;
      },
    },
  ];
}

/** Retries until there is no complaint. @throws CheckFailure with the last complaint */
async function eventually(attempt: () => Promise<string | undefined>, patience: number): Promise<void> {
  const endsAt = Date.now() + patience * 1_000;
  for (;;) {
    const complaint = await attempt();
    if (complaint === undefined) return;
    if (Date.now() >= endsAt) throw new CheckFailure(`${complaint}, after ${patience} s`);
    await sleep(Math.min(EVERY_MS, patience * 1_000));
  }
}

/** Returns the deployed name of a function, by its name in serverless.yml. */
async function nameOf(resources: readonly DeployedResource[], name: string): Promise<string> {
  const functions = resources.filter(({ type }) => type === "AWS::Lambda::Function");
  const found = functions.find(({ physicalId }) => physicalId.endsWith(`-${name}`));
  require(found !== undefined, `the stack has no function ${name}`);
  return found.physicalId;
}
