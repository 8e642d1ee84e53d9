import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { billKey } from "../../lib/billing/bills/bill.ts";
import { manifestKey, statementKey } from "../../lib/billing/manifest.ts";
import {
  readEnvironment,
  snapshotsApiVariables,
  snapshotVariables,
} from "../../lib/composition/environment.ts";
import { month } from "../lib/billing/valid.ts";
import { uuid } from "../lib/valid.ts";
import { all, named, only, type Packaged } from "./packaged.ts";
import { isWrite, policyOf, statementsOf } from "./statements.ts";

const SNAPSHOT = "BillingDashsnapshotLambdaFunction";
const API = "BillingDashsnapshotsDashapiLambdaFunction";
const failures = { "Fn::GetAtt": ["BillingSnapshotFailures", "Arn"] };

const environment = z
  .object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) })
  .transform(({ Environment }) => Environment.Variables);

function lambda(template: Template, id: string): Record<string, unknown> {
  return named(template, "AWS::Lambda::Function", id);
}

/** Tests of the daily run, and of the function that reads its output. */
export const describeBilling = (packaged: Packaged) => {
  describe("the daily run", () => {
    const schedule = () => named(packaged.byDefault, "AWS::Scheduler::Schedule", "BillingSnapshotSchedule");

    test("begins exactly at 06:00 UTC every day", () => {
      expect(schedule()).toMatchObject({
        ScheduleExpression: "cron(0 6 * * ? *)",
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
      });
      // Enabled by default, and without an end.
      for (const property of ["State", "StartDate", "EndDate"]) {
        expect(schedule()).not.toHaveProperty(property);
      }
    });

    test("receives the planned time and nothing else", () => {
      expect(schedule()["Target"]).toMatchObject({
        Arn: { "Fn::GetAtt": [SNAPSHOT, "Arn"] },
        Input: '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
      });
    });

    test("is retried for six hours, and then waits in a queue", () => {
      expect(schedule()["Target"]).toMatchObject({
        RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: failures },
      });
    });

    test("is not retried by Lambda: its failed event is kept, and the next day repeats it", () => {
      const configs = Object.values(all(packaged.byDefault, "AWS::Lambda::EventInvokeConfig"));
      const own = configs.filter(({ FunctionName }) => JSON.stringify(FunctionName).includes(SNAPSHOT));
      expect(own).toHaveLength(1);
      expect(own[0]).toMatchObject({
        FunctionName: { Ref: SNAPSHOT },
        Qualifier: "$LATEST",
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: failures } },
      });
    });

    test("has the time and memory for a month of all resellers, on the account's shared instances", () => {
      expect(lambda(packaged.everything, SNAPSHOT)).toMatchObject({ MemorySize: 1769, Timeout: 900 });
      expect(lambda(packaged.everything, SNAPSHOT)).not.toHaveProperty("ReservedConcurrentExecutions");
    });

    test("gets exactly the variables that it needs", () => {
      expect(environment.parse(lambda(packaged.everything, SNAPSHOT))).toEqual({
        ATHENA_WORKGROUP: { Ref: "BillingWorkGroup" },
        ATHENA_DATABASE: { Ref: "LakeDatabase" },
        ATHENA_CATALOG: "AwsDataCatalog",
        EARLIEST_DATE: "2020-01-01",
        GRACE_DAYS: "5",
        BILL_FROM: "2026-03",
        LOOK_BACK_MONTHS: "24",
        LAKE_LOCATION: "s3://telephony-lake/minutes/v1/",
        TOLERATED_BROKEN_RECORDS: "10",
        SNAPSHOT_BUCKET: { Ref: "SnapshotBucket" },
      });
      expect(environment.parse(lambda(packaged.byDefault, SNAPSHOT))["GRACE_DAYS"]).toBe("3");
    });

    test("reads no more than its own cutoff", () => {
      expect(named(packaged.everything, "AWS::Athena::WorkGroup", "BillingWorkGroup")).toMatchObject({
        WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 20_000_000_000_000 },
      });
    });

    test("keeps its failures for 14 days, encrypted, in a queue that refuses plain HTTP", () => {
      expect(only(packaged.byDefault, "AWS::SQS::Queue")).toEqual({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 86_400,
      });
      const policy = only(packaged.byDefault, "AWS::SQS::QueuePolicy");
      expect(policy["Queues"]).toEqual([{ Ref: "BillingSnapshotFailures" }]);
      expect(policyOf(policy)).toMatchObject([
        {
          Effect: "Deny",
          Action: ["sqs:*"],
          Resource: [failures],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Effect: "Allow",
          Action: ["sqs:SendMessage"],
          Resource: [failures],
          Condition: {
            ArnEquals: {
              "aws:SourceArn": {
                "Fn::Sub":
                  "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/minutes-service-dev-billing-snapshot",
              },
            },
          },
        },
      ]);
    });
  });

  describe("the notifications of revisions and bills", () => {
    const rules = (template: Template) =>
      Object.values(template.Resources).filter(({ Type }) => Type === "AWS::Events::Rule");

    test("are sent by S3 to the topic, and undelivered ones to the queue of failures", () => {
      expect(named(packaged.byDefault, "AWS::S3::Bucket", "SnapshotBucket")).toMatchObject({
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      });
      expect(only(packaged.everything, "AWS::Events::Rule")).toMatchObject({
        // The queue's policy names the rule by this name.
        Name: "minutes-service-dev-billing-snapshot",
        EventPattern: {
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: { bucket: { name: [{ Ref: "SnapshotBucket" }] } },
        },
        Targets: [{ Arn: EVERY_PARAMETER["billingTopicArn"], DeadLetterConfig: { Arn: failures } }],
      });
    });

    test("name manifests and bills, and no other object", () => {
      const pattern = JSON.stringify(only(packaged.everything, "AWS::Events::Rule")["EventPattern"]);
      const wildcards = [...pattern.matchAll(/"wildcard":"([^"]+)"/g)].map(([, text = ""]) => text);
      const announced = (key: string) =>
        wildcards.some((text) =>
          new RegExp(`^${text.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(key),
        );
      const [april, may] = [month("2026-04"), month("2026-05")];
      const reseller = uuid("78e6e8a8-01b7-4a45-a227-471062f7fe52");
      for (const key of [manifestKey(april, 1), manifestKey(may, 12_345), billKey(1), billKey(1_234_567)])
        expect([key, announced(key)]).toEqual([key, true]);
      const others = [
        statementKey(april, 1, reseller, "0".repeat(64)),
        "heads/2026-04.1.2026-05-04T06:00:00Z.0123456789abcdef",
        `changed/${reseller}/2026-04.1`,
        "looked/2026-04/0001/0123.2026-05-04T06:00:00Z.json",
      ];
      for (const key of others) expect([key, announced(key)]).toEqual([key, false]);
    });

    test("do not exist without a topic", () => {
      expect(rules(packaged.byDefault)).toEqual([]);
    });
  });

  test.each([
    [SNAPSHOT, snapshotVariables],
    [API, snapshotsApiVariables],
  ])("%s accepts the environment that it is given, and needs every variable of it", (id, schema) => {
    const given = Object.entries(environment.parse(lambda(packaged.everything, id)));
    const resolved = Object.fromEntries(given.map(([name, value]) => [name, text(value)]));
    expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(Object.keys(resolved)));
    expect(readEnvironment(schema, { AWS_REGION: "us-east-1", ...resolved })).toMatchObject({
      GRACE_DAYS: 5,
      EARLIEST_DATE: "2020-01-01",
    });
  });

  test("the function that reads closed months gets exactly what it needs, and nothing for Athena", () => {
    expect(environment.parse(lambda(packaged.everything, API))).toEqual({
      RESELLER_CLAIM: "reseller_ids",
      ACCOUNT_CLAIM: "account_id",
      GRANTS_LOCATION: "s3://platform-grants/accounts/",
      CALLER_HASH_KEY: EVERY_PARAMETER["callerHashKey"],
      EARLIEST_DATE: "2020-01-01",
      GRACE_DAYS: "5",
      SNAPSHOT_BUCKET: { Ref: "SnapshotBucket" },
    });
    expect(lambda(packaged.everything, API)).toMatchObject({ MemorySize: 1769, Timeout: 29 });
  });
};

/** A value of the template as text, as the function gets it. */
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const assumed = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.tuple([z.object({ Principal: z.unknown(), Condition: z.optional(z.unknown()) })]),
  }),
});

/** Tests of the roles of billing. Their rights in the snapshot bucket are tested with the bucket. */
export const describeBillingRoles = (packaged: Packaged) =>
  describe("the roles of billing", () => {
    const actionsOf = (id: string) => statementsOf(packaged.everything, id).flatMap(({ Action }) => Action);

    test("let the schedule invoke the daily run and keep undelivered events, only for its own group", () => {
      expect(
        statementsOf(packaged.everything, "BillingSchedulerRole").map(({ Effect, Action, Resource }) => [
          Effect,
          ...Action,
          ...Resource,
        ]),
      ).toEqual([
        ["Allow", "lambda:InvokeFunction", { "Fn::GetAtt": [SNAPSHOT, "Arn"] }],
        ["Allow", "sqs:SendMessage", failures],
      ]);
      const role = named(packaged.everything, "AWS::IAM::Role", "BillingSchedulerRole");
      expect(assumed.parse(role).AssumeRolePolicyDocument.Statement).toEqual([
        {
          Principal: { Service: "scheduler.amazonaws.com" },
          Condition: {
            StringEquals: {
              "aws:SourceAccount": { Ref: "AWS::AccountId" },
              "aws:SourceArn": { "Fn::GetAtt": ["BillingSchedules", "Arn"] },
            },
          },
        },
      ]);
    });

    test.each(["BillingSnapshotRole", "BillingSnapshotsApiRole"])("let only Lambda use %s", (id) => {
      const role = assumed.parse(named(packaged.everything, "AWS::IAM::Role", id));
      expect(role.AssumeRolePolicyDocument.Statement).toEqual([
        { Principal: { Service: "lambda.amazonaws.com" } },
      ]);
    });

    test("let the daily run write query results, snapshots, its log and its failures", () => {
      expect(actionsOf("BillingSnapshotRole").filter(isWrite)).toEqual([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:PutObject",
        "sqs:SendMessage",
      ]);
    });

    test("let the daily run read the lake exactly as the report does, without writing there", () => {
      const [ofRun, ofReport] = ["BillingSnapshotRole", "ReportsRole"].map((id) =>
        statementsOf(packaged.everything, id).filter(
          ({ Sid, Resource }) =>
            Sid !== "RollupTable" && /telephony-lake|:glue:|datacatalog/.test(JSON.stringify(Resource)),
        ),
      );
      expect(ofRun).toEqual(ofReport);
      expect(ofRun?.flatMap(({ Action }) => Action).filter(isWrite)).toEqual([]);
    });

    test("let neither the run nor the report use the other's workgroup or results", () => {
      const resourcesOf = (id: string) =>
        statementsOf(packaged.everything, id)
          .flatMap(({ Resource, Condition }) => [Resource, Condition])
          .map((part) => JSON.stringify(part))
          .join();
      expect(resourcesOf("BillingSnapshotRole")).not.toMatch(
        /ReportWorkGroup|ResultsBucket\.Arn\}\/reports|Reports(?:Role|LambdaFunction|LogGroup)/,
      );
      expect(resourcesOf("ReportsRole")).not.toMatch(/Billing|billing-snapshot/);
    });

    test("give the reading function no Athena, no catalog and no lake, only its log and the snapshots", () => {
      expect(actionsOf("BillingSnapshotsApiRole")).toEqual([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:ListBucket",
        "s3:GetObject",
      ]);
    });

    test("let each function write only its own log", () => {
      const logOf = (id: string) =>
        statementsOf(packaged.everything, id).flatMap(({ Sid, Resource }) =>
          Sid === "OwnLog" ? Resource : [],
        );
      expect(logOf("BillingSnapshotRole")).toEqual([
        { "Fn::GetAtt": ["BillingDashsnapshotLogGroup", "Arn"] },
      ]);
      expect(logOf("BillingSnapshotsApiRole")).toEqual([
        { "Fn::GetAtt": ["BillingDashsnapshotsDashapiLogGroup", "Arn"] },
      ]);
    });
  });
