import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { REPORT, WRITTEN_METRICS } from "./written-metrics.ts";

const reference = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ "Fn::GetAtt": z.array(z.string()) }).transform((value) => value["Fn::GetAtt"].join(".")),
]);
const metric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.tuple([z.object({ Name: z.string(), Value: reference })]),
});
const alarm = z.object({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.string()),
  OKActions: z.array(z.string()),
  TreatMissingData: z.string(),
});

function alarmsOf(template: Template) {
  return Object.entries(all(template, "AWS::CloudWatch::Alarm")).map(([name, properties]) => {
    return { name, metrics: [metric.parse(properties)], ...alarm.parse(properties) };
  });
}

/** Tests of the alarms. */
export const describeAlarms = (packaged: Packaged) =>
  describe("the alarms", () => {
    test("watch crashes, throttles, failures by kind, time, missing claims, what is read, open months and the rollup", () => {
      const others = alarmsOf(packaged.byDefault).filter(
        ({ metrics }) => !metrics.some(({ Namespace }) => Namespace === "AWS/Lambda"),
      );
      const watched = others.map(({ name, metrics }) => [
        name,
        metrics.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`),
      ]);
      expect(Object.fromEntries(watched)).toEqual({
        ApiServerErrorsAlarm: ["AWS/ApiGateway 5xx"],
        InternalErrorsAlarm: ["MinutesService InternalErrors"],
        EngineUnavailableAlarm: ["MinutesService EngineUnavailable"],
        EngineTimeoutAlarm: ["MinutesService EngineTimeout"],
        SlowRequestsAlarm: ["MinutesService TotalTime"],
        MissingResellerClaimAlarm: ["MinutesService MissingResellerClaim"],
        UnknownAccountsAlarm: ["MinutesService UnknownAccounts"],
        BudgetUnavailableAlarm: ["MinutesService BudgetUnavailable"],
        BudgetRefusalsAlarm: ["MinutesService BudgetRefusals"],
        ScanBudgetAlarm: ["MinutesService ChargedBytes"],
        BillingMonthOpenAlarm: ["MinutesService OldestOpenDays"],
        BillingChangedBeyondLookBackAlarm: ["MinutesService ChangedBeyondLookBack"],
        BillingSnapshotUndeliveredAlarm: ["AWS/SQS ApproximateNumberOfMessagesVisible"],
        BillingApiInternalErrorsAlarm: ["MinutesService ServerErrors"],
        BillingApiMissingResellerClaimAlarm: ["MinutesService MissingResellerClaim"],
        BillingApiUnknownAccountsAlarm: ["MinutesService UnknownAccounts"],
        RollupCompactionAlarm: ["MinutesService CompactionFailures"],
        RollupBehindAlarm: ["MinutesService DaysBehind"],
        RollupBrokenRecordsAlarm: ["MinutesService BrokenRecords"],
        RollupFallbacksAlarm: ["MinutesService RollupFallbacks"],
      });
    });

    test("watch every function: its errors, and throttled calls if the gateway calls it", () => {
      const watched = (metricName: string) =>
        alarmsOf(packaged.byDefault)
          .flatMap(({ metrics }) => metrics)
          .filter(({ Namespace, MetricName }) => Namespace === "AWS/Lambda" && MetricName === metricName)
          .map(({ Dimensions }) => Dimensions[0].Value)
          .toSorted();
      const functions = Object.keys(all(packaged.byDefault, "AWS::Lambda::Function"));
      expect(watched("Errors")).toEqual(functions.toSorted());
      const called = Object.values(all(packaged.byDefault, "AWS::ApiGatewayV2::Integration")).map(
        ({ IntegrationUri }) => reference.parse(IntegrationUri).replace(".Arn", ""),
      );
      expect(watched("Throttles")).toEqual([...new Set(called)].toSorted());
    });

    test("use metrics that only one function of one stage writes", () => {
      const ours = alarmsOf(packaged.byDefault)
        .flatMap(({ metrics }) => metrics)
        .filter(({ Namespace }) => Namespace === "MinutesService");
      for (const { MetricName, Dimensions } of ours) {
        const [{ Name, Value }] = Dimensions;
        expect(Name).toBe("FunctionName");
        expect(WRITTEN_METRICS[Value]).toContain(MetricName);
      }
    });

    test.each([
      ["BillingSnapshot", "BillingDashsnapshotLambdaFunction"],
      ["BillingMonth", "BillingDashsnapshotLambdaFunction"],
      ["BillingChanged", "BillingDashsnapshotLambdaFunction"],
      ["BillingApi", "BillingDashsnapshotsDashapiLambdaFunction"],
      ["RollupErrors", "UsageDashrollupLambdaFunction"],
      ["RollupCompaction", "UsageDashrollupLambdaFunction"],
      ["RollupBehind", "UsageDashrollupLambdaFunction"],
      ["RollupBrokenRecords", "UsageDashrollupLambdaFunction"],
      ["RollupFallbacks", REPORT],
      ["", REPORT],
    ])("named %s… are of %s, its queue or its gateway", (prefix, lambda) => {
      const others = [lambda, "BillingSnapshotFailures.QueueName", "HttpApi"];
      const some = alarmsOf(packaged.byDefault).filter(({ name }) =>
        prefix === "" ? !/^(Billing|Rollup|Documentation)/.test(name) : name.startsWith(prefix),
      );
      expect(some).not.toEqual([]);
      for (const { Dimensions } of some.flatMap(({ metrics }) => metrics)) {
        expect(others).toContain(Dimensions[0].Value);
      }
    });

    test("notify the given topic when they begin and end, and nobody without a topic", () => {
      for (const { AlarmActions, OKActions } of alarmsOf(packaged.everything)) {
        expect(AlarmActions).toEqual([EVERY_PARAMETER["alarmTopicArn"]]);
        expect(OKActions).toEqual(AlarmActions);
      }
      for (const { AlarmActions, OKActions } of alarmsOf(packaged.byDefault)) {
        expect([...AlarmActions, ...OKActions]).toEqual([]);
      }
    });

    test("say what to look at first, and are silent without requests; only a missing run rings", () => {
      for (const { name, AlarmDescription, TreatMissingData } of alarmsOf(packaged.byDefault)) {
        expect(AlarmDescription).toContain("Look first at");
        // CloudWatch's limit.
        expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
        const runs = ["BillingMonthOpenAlarm", "RollupBehindAlarm"];
        expect(TreatMissingData).toBe(runs.includes(name) ? "breaching" : "notBreaching");
      }
    });

    test("ring for slow requests before the function's timeout ends them", () => {
      const { SlowRequestsAlarm } = all(packaged.byDefault, "AWS::CloudWatch::Alarm");
      const { Timeout } = named(packaged.byDefault, "AWS::Lambda::Function", REPORT);
      expect(Number(SlowRequestsAlarm?.["Threshold"])).toBeLessThan(Number(Timeout) * 1000);
    });

    test("use the given daily budget", () => {
      const { ScanBudgetAlarm } = all(packaged.everything, "AWS::CloudWatch::Alarm");
      expect(ScanBudgetAlarm).toMatchObject({
        Statistic: "Sum",
        Period: 86_400,
        Threshold: 2_000_000_000_000,
      });
    });

    test("ring for one failed run, one undelivered event or one failed answer", () => {
      const alarms = all(packaged.byDefault, "AWS::CloudWatch::Alarm");
      const once = {
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        EvaluationPeriods: 1,
        Threshold: 1,
      };
      expect(alarms).toMatchObject({
        BillingSnapshotErrorsAlarm: { ...once, Statistic: "Sum" },
        BillingChangedBeyondLookBackAlarm: { ...once, Statistic: "Maximum" },
        BillingSnapshotUndeliveredAlarm: { ...once, Statistic: "Maximum" },
        BillingApiFunctionErrorsAlarm: { ...once, Statistic: "Sum" },
        BillingApiInternalErrorsAlarm: { ...once, Statistic: "Sum" },
        BillingApiMissingResellerClaimAlarm: { ...once, Statistic: "Sum" },
        UnknownAccountsAlarm: { ...once, Statistic: "Sum" },
        BillingApiUnknownAccountsAlarm: { ...once, Statistic: "Sum" },
      });
    });

    test("ring for one failed compaction", () => {
      expect(named(packaged.byDefault, "AWS::CloudWatch::Alarm", "RollupCompactionAlarm")).toMatchObject({
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        Statistic: "Maximum",
        EvaluationPeriods: 1,
        Threshold: 1,
      });
    });

    test.each([
      ["byDefault", 5],
      ["everything", 7],
    ] as const)("allow a month to be open for its grace and two days, no more (%s: %i)", (which, days) => {
      expect(named(packaged[which], "AWS::CloudWatch::Alarm", "BillingMonthOpenAlarm")).toMatchObject({
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        Statistic: "Maximum",
        Period: 86_400,
        EvaluationPeriods: 1,
        Threshold: days,
      });
    });
  });
