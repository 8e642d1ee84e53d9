import { describe, expect, test } from "vitest";
import * as z from "zod";
import { readEnvironment, reportVariables, rollupVariables } from "../../lib/composition/environment.ts";
import { STATE_NAME } from "../../lib/rollup/coverage.ts";
import { FIRST_STATE_NAME } from "../../lib/rollup/first-state.ts";
import { readRollupEvent } from "../../lib/rollup/rollup-event.ts";
import { named, type Packaged } from "./packaged.ts";
import { isWrite, statementsOf } from "./statements.ts";
import { REPORT } from "./written-metrics.ts";

const ROLLUP = "UsageDashrollupLambdaFunction";
const lambda = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
const schedule = z.looseObject({ Target: z.looseObject({ Input: z.string() }) });
const substituted = z.object({ "Fn::Sub": z.string() });

/** A value of the template as a function gets it, with names of resources instead of their values. */
export function asGiven(value: unknown): string {
  if (typeof value === "string") return value;
  const { data } = substituted.safeParse(value);
  return data === undefined ? JSON.stringify(value) : data["Fn::Sub"].replace(/\$\{(\w+)\}/g, "$1");
}

/** Tests of the daily rollup: its function, its schedules, its role and what the report may read of it. */
export const describeRollup = (packaged: Packaged) => {
  const environmentOf = (id: string) => {
    const { Environment } = lambda.parse(named(packaged.everything, "AWS::Lambda::Function", id));
    return Object.fromEntries(
      Object.entries(Environment.Variables).map(([name, value]) => [name, asGiven(value)]),
    );
  };

  describe("the rollup", () => {
    test.each([
      ["RollupSchedule", "cron(0 * * * ? *)", "roll up"],
      ["CompactionSchedule", "cron(30 4 * * ? *)", "compact"],
    ])("runs %s at %s, with an event that the function accepts", (id, expression, task) => {
      const properties = named(packaged.byDefault, "AWS::Scheduler::Schedule", id);
      expect(properties).toMatchObject({
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: { "Fn::GetAtt": [ROLLUP, "Arn"] } },
      });
      const { Target } = schedule.parse(properties);
      expect(readRollupEvent(JSON.parse(Target.Input)).task).toBe(task);
      for (const property of ["State", "StartDate", "EndDate"])
        expect(properties).not.toHaveProperty(property);
    });

    test("accepts its environment, and has the time for many days", () => {
      const given = environmentOf(ROLLUP);
      expect(Object.keys(rollupVariables.shape)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(readEnvironment(rollupVariables, { AWS_REGION: "us-east-1", ...given })).toMatchObject({
        LAKE_LOCATION: "s3://telephony-lake/minutes/v1/",
        ROLLUP_LOCATION: "s3://RollupBucket/",
      });
      expect(named(packaged.everything, "AWS::Lambda::Function", ROLLUP)).toMatchObject({ Timeout: 900 });
    });

    test("uses the lake and the location that the report expects", () => {
      const report = readEnvironment(reportVariables, { AWS_REGION: "us-east-1", ...environmentOf(REPORT) });
      const { LAKE_LOCATION, ROLLUP_LOCATION } = environmentOf(ROLLUP);
      expect(report).toMatchObject({ LAKE_LOCATION, ROLLUP_LOCATION });
    });
  });

  describe("the rollup's role", () => {
    const own = () => statementsOf(packaged.everything, "UsageRollupRole");

    test("writes only its table, the state, its results and its log", () => {
      const writes = own().flatMap(({ Action, Resource }) =>
        Action.filter(isWrite).map((action) => [String(action), Resource.map(asGiven)]),
      );
      const table = "RollupBucket.Arn/usage_daily/*";
      const catalog = own()
        .find(({ Sid }) => Sid === "OwnTable")
        ?.Resource.map(asGiven);
      expect(
        writes.map(([action, on]) => [action, String(on).replaceAll(/\$\{(\w+\.Arn)\}/g, "$1")]),
      ).toEqual([
        ["logs:CreateLogStream", '{"Fn::GetAtt":["UsageDashrollupLogGroup","Arn"]}'],
        ["logs:PutLogEvents", '{"Fn::GetAtt":["UsageDashrollupLogGroup","Arn"]}'],
        ["athena:StartQueryExecution", expect.stringMatching(/:workgroup\/RollupWorkGroup$/)],
        ["athena:StopQueryExecution", expect.stringMatching(/:workgroup\/RollupWorkGroup$/)],
        ["s3:PutObject", "ResultsBucket.Arn/usage-rollup/*"],
        ["s3:AbortMultipartUpload", "ResultsBucket.Arn/usage-rollup/*"],
        ["glue:CreateTable", String(catalog)],
        ["glue:UpdateTable", String(catalog)],
        ["glue:CreateDatabase", expect.stringMatching(/:catalog,[^,]*:database\/default$/)],
        ["s3:PutObject", table],
        ["s3:DeleteObject", table],
        ["s3:AbortMultipartUpload", table],
        ["s3:PutObject", `RollupBucket.Arn/${STATE_NAME},RollupBucket.Arn/${FIRST_STATE_NAME}`],
      ]);
      expect(catalog?.at(-1)).toMatch(/:table\/LakeDatabase\/usage_daily$/);
    });

    test("reads the lake like the others", () => {
      const lakeOf = (id: string) =>
        statementsOf(packaged.everything, id).filter(({ Resource }) =>
          JSON.stringify(Resource).includes("telephony-lake"),
        );
      expect(lakeOf("UsageRollupRole")).toEqual(lakeOf("ReportsRole"));
      expect(lakeOf("UsageRollupRole").length).toBeGreaterThan(0);
    });
  });

  test("lets the report read the rollup's table and state, but not write them", () => {
    const ofRollup = statementsOf(packaged.everything, "ReportsRole").filter(({ Sid = "" }) =>
      /Rollup/.test(Sid),
    );
    expect(ofRollup.flatMap(({ Action }) => Action)).toEqual([
      "glue:GetTable",
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:GetObject",
    ]);
    expect(ofRollup.at(-1)?.Resource).toEqual([
      { "Fn::Sub": "${RollupBucket.Arn}/usage_daily/*" },
      { "Fn::Sub": `\${RollupBucket.Arn}/${STATE_NAME}` },
      { "Fn::Sub": `\${RollupBucket.Arn}/${FIRST_STATE_NAME}` },
    ]);
  });

  test.each(["BillingSnapshotRole", "BillingSnapshotsApiRole"])("gives %s no access to the rollup", (id) => {
    expect(JSON.stringify(statementsOf(packaged.everything, id))).not.toMatch(/[Rr]ollup|usage_daily/);
  });
};
