import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { METRICS } from "../../lib/http/metrics.ts";
import { all, only, type Packaged } from "./packaged.ts";

const metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.unknown() });
const alarm = z.object({
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.string()),
  OKActions: z.array(z.string()),
  TreatMissingData: z.string(),
  /** Where it goes by an expression; else it is a metric itself. */
  Metrics: z.optional(z.array(z.object({ MetricStat: z.optional(z.object({ Metric: metric })) }))),
});

function alarmsOf(template: Template) {
  return Object.entries(all(template, "AWS::CloudWatch::Alarm")).map(([name, properties]) => {
    const { Metrics, ...rest } = alarm.parse(properties);
    const metrics = Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
    return { name, metrics: metrics ?? [metric.parse(properties)], ...rest };
  });
}

/** What holds for the alarms. */
export const describeAlarms = (packaged: Packaged) =>
  describe("the alarms", () => {
    test("watch crashes, throttles, failures by kind, time, missing claims and what is read", () => {
      const watched = alarmsOf(packaged.byDefault).map(({ name, metrics }) => [
        name,
        metrics.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`),
      ]);
      expect(Object.fromEntries(watched)).toEqual({
        FunctionErrorsAlarm: ["AWS/Lambda Errors"],
        FunctionThrottlesAlarm: ["AWS/Lambda Throttles"],
        ApiServerErrorsAlarm: ["AWS/ApiGateway 5xx"],
        InternalErrorsAlarm: [
          "MinutesService ServerErrors",
          "MinutesService EngineUnavailable",
          "MinutesService EngineTimeout",
        ],
        EngineUnavailableAlarm: ["MinutesService EngineUnavailable"],
        EngineTimeoutAlarm: ["MinutesService EngineTimeout"],
        SlowRequestsAlarm: ["MinutesService TotalTime"],
        MissingResellerClaimAlarm: ["MinutesService MissingResellerClaim"],
        ScanBudgetAlarm: ["MinutesService BytesScanned"],
      });
    });

    test("go by metrics that the function writes, and by its own alone: stages do not share them", () => {
      const ours = alarmsOf(packaged.byDefault)
        .flatMap(({ metrics }) => metrics)
        .filter(({ Namespace }) => Namespace === "MinutesService");
      for (const { MetricName, Dimensions } of ours) {
        expect(Object.keys(METRICS)).toContain(MetricName);
        expect(Dimensions).toEqual([
          { Name: "FunctionName", Value: { Ref: "MinutesDashbyDashorganizationLambdaFunction" } },
        ]);
      }
    });

    test("tell the given topic when they begin and when they end, and nobody where none is given", () => {
      for (const { AlarmActions, OKActions } of alarmsOf(packaged.everything)) {
        expect(AlarmActions).toEqual([EVERY_PARAMETER["alarmTopicArn"]]);
        expect(OKActions).toEqual(AlarmActions);
      }
      for (const { AlarmActions, OKActions } of alarmsOf(packaged.byDefault)) {
        expect([...AlarmActions, ...OKActions]).toEqual([]);
      }
    });

    test("say what to look at first, and are quiet while nobody asks for a report", () => {
      for (const { AlarmDescription, TreatMissingData } of alarmsOf(packaged.byDefault)) {
        expect(AlarmDescription).toContain("Look first at");
        // CloudWatch takes no more.
        expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
        expect(TreatMissingData).toBe("notBreaching");
      }
    });

    test("slow requests are told of before the function's timeout ends them", () => {
      const { SlowRequestsAlarm } = all(packaged.byDefault, "AWS::CloudWatch::Alarm");
      const { Timeout } = only(packaged.byDefault, "AWS::Lambda::Function");
      expect(Number(SlowRequestsAlarm?.["Threshold"])).toBeLessThan(Number(Timeout) * 1000);
    });

    test("the day's budget is the given one", () => {
      const { ScanBudgetAlarm } = all(packaged.everything, "AWS::CloudWatch::Alarm");
      expect(ScanBudgetAlarm).toMatchObject({
        Statistic: "Sum",
        Period: 86_400,
        Threshold: 2_000_000_000_000,
      });
    });
  });
