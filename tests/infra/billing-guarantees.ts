import { describe, expect, test } from "vitest";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { billKey } from "../../lib/billing/bills/bill.ts";
import { manifestKey, statementKey } from "../../lib/billing/manifest.ts";
import { month } from "../lib/billing/valid.ts";
import { uuid } from "../lib/valid.ts";
import { all, named, only, type Packaged } from "./packaged.ts";
import { policyOf } from "./statements.ts";

const SNAPSHOT = "BillingDashsnapshotLambdaFunction";
const failures = { "Fn::GetAtt": ["BillingSnapshotFailures", "Arn"] };

/** Tests of the daily run and its notifications. */
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
};
