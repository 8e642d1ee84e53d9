import {
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from "@aws-sdk/client-cloudformation";
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";
import type { Cloud } from "./cloud.ts";

/** The stack of a subscriber: a topic and its queue. */
export const RECEIVER_STACK = "finance";

const TEMPLATE = {
  Resources: {
    Topic: { Type: "AWS::SNS::Topic", Properties: {} },
    // As in docs/billing.md.
    TopicPolicy: {
      Type: "AWS::SNS::TopicPolicy",
      Properties: {
        Topics: [{ Ref: "Topic" }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sns:Publish",
              Resource: { Ref: "Topic" },
            },
          ],
        },
      },
    },
    Queue: { Type: "AWS::SQS::Queue", Properties: {} },
    Subscription: {
      Type: "AWS::SNS::Subscription",
      Properties: {
        TopicArn: { Ref: "Topic" },
        Protocol: "sqs",
        Endpoint: { "Fn::GetAtt": ["Queue", "Arn"] },
        RawMessageDelivery: true,
      },
    },
  },
  Outputs: { TopicArn: { Value: { Ref: "Topic" } }, QueueUrl: { Value: { Ref: "Queue" } } },
};

/** The receiver as the tests use it. */
export interface BillingReceiver {
  readonly topicArn: string;
  readonly queueUrl: string;
}

export async function makeBillingReceiver({ cloudFormation }: Cloud): Promise<BillingReceiver> {
  const StackName = RECEIVER_STACK;
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(TEMPLATE) }));
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 60 }, { StackName });
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const output = (name: string) =>
    Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? "";
  return { topicArn: output("TopicArn"), queueUrl: output("QueueUrl") };
}

const event = z.object({
  source: z.literal("aws.s3"),
  "detail-type": z.literal("Object Created"),
  detail: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
});

/** The announced objects, as `bucket/key`; waits until the queue has been empty for two seconds. */
export async function announcements({ sqs }: Cloud, { queueUrl }: BillingReceiver): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 2, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return found;
    for (const { Body } of Messages) {
      const { bucket, object } = event.parse(JSON.parse(Body ?? "")).detail;
      found.push(`${bucket.name}/${object.key}`);
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}
