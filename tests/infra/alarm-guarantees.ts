import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { REPORT, WRITTEN_METRICS } from "./written-metrics.ts";

const API = "BillingDashsnapshotsDashapiLambdaFunction";

/** What the name of a metric says if a person may have to act on it. */
const FAILURE =
  /Error|Failure|Unavailable|Timeout|Missing|Unknown|Refusal|Fallback|Behind|Broken|Beyond|Oldest/;

/** Metrics of failures without an alarm of their own, and why. */
const COVERED = {
  ClientErrors: "the caller is told",
  ServerErrors: "the sum of three metrics that have alarms",
  ReuseFailures: "the report is right, and only costs its query",
  SnapshotFailures: "the run fails, and Lambda counts it",
  RollupFailures: "the run fails, and Lambda counts it",
};

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

/** The metrics of MinutesService that have an alarm. */
function ourAlarms(template: Template) {
  return alarmsOf(template)
    .flatMap(({ metrics }) => metrics)
    .filter(({ Namespace }) => Namespace === "MinutesService");
}

/** Tests of the alarms. */
export const describeAlarms = (packaged: Packaged) =>
  describe("the alarms", () => {
    test("watch every metric of a failure, except where another alarm rings for the same", () => {
      const watched = ourAlarms(packaged.byDefault).map(
        ({ MetricName, Dimensions }) => `${Dimensions[0].Value} ${MetricName}`,
      );
      const failures = Object.entries(WRITTEN_METRICS)
        .filter(([id]) => id !== API)
        .flatMap(([id, names]) =>
          names
            .filter((name) => FAILURE.test(name) && !Object.hasOwn(COVERED, name))
            .map((name) => `${id} ${name}`),
        );
      expect(failures.length).toBeGreaterThan(10);
      expect(watched).toEqual(expect.arrayContaining(failures));
    });

    test("watch every function that needs a token: failed answers, and callers without resellers", () => {
      const routes = Object.values(all(packaged.byDefault, "AWS::ApiGatewayV2::Route"));
      const withToken = routes.filter(({ AuthorizationType }) => AuthorizationType === "JWT");
      const called = new Set(
        withToken.map(({ Target }) => /HttpApiIntegration(\w+)"/.exec(JSON.stringify(Target))?.[1]),
      );
      expect(called.size).toBeGreaterThan(1);
      for (const name of called) {
        const own = ourAlarms(packaged.byDefault).filter(
          ({ Dimensions }) => Dimensions[0].Value === `${name}LambdaFunction`,
        );
        const metrics = own.map(({ MetricName }) => MetricName.replace("InternalErrors", "ServerErrors"));
        expect(metrics).toEqual(
          expect.arrayContaining(["ServerErrors", "MissingResellerClaim", "UnknownAccounts"]),
        );
      }
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
      for (const { MetricName, Dimensions } of ourAlarms(packaged.byDefault)) {
        const [{ Name, Value }] = Dimensions;
        expect(Name).toBe("FunctionName");
        expect(WRITTEN_METRICS[Value]).toContain(MetricName);
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
