import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Template } from "../../infra/package-template.ts";
import { readEnvironment, reportVariables } from "../../lib/config.ts";
import { all, only, type Packaged } from "./packaged.ts";
import { zipEntries } from "./zip-entries.ts";

const listed = z.union([z.array(z.unknown()), z.unknown().transform((single) => [single])]);
const role = z.object({
  Policies: z.array(
    z.object({
      PolicyDocument: z.object({
        Statement: z.array(z.object({ Effect: z.string(), Action: listed, Resource: listed })),
      }),
    }),
  ),
});

/** What holds for the report's function. */
export const describeFunction = (packaged: Packaged) =>
  describe("the function", () => {
    const lambda = "AWS::Lambda::Function";

    test("ends before the gateway gives up", () => {
      const { TimeoutInMillis } = only(packaged.byDefault, "AWS::ApiGatewayV2::Integration");
      expect(Number(only(packaged.byDefault, lambda)["Timeout"]) * 1000).toBeLessThan(
        Number(TimeoutInMillis),
      );
    });

    test("runs as a role of its own, and writes log lines that nothing wraps", () => {
      expect(only(packaged.byDefault, lambda)).toMatchObject({
        Role: { "Fn::GetAtt": ["MinutesByOrganizationRole", "Arn"] },
        LoggingConfig: { LogFormat: "JSON" },
        Architectures: ["arm64"],
        Runtime: "nodejs24.x",
      });
    });

    test("accepts the environment that it is given", () => {
      const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
      const { Environment } = variables.parse(only(packaged.everything, lambda));
      const resolved = Object.entries(Environment.Variables).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]);
      const names = resolved.map(([name]) => name);
      expect(Object.keys(reportVariables.shape)).toEqual(expect.arrayContaining(names));
      expect(
        readEnvironment(reportVariables, { AWS_REGION: "us-east-1", ...Object.fromEntries(resolved) }),
      ).toMatchObject({ MAX_RANGE_DAYS: 366, EARLIEST_DATE: "2020-01-01", RESELLER_CLAIM: "reseller_ids" });
    });

    test("shares the account's instances unless some are kept for it", () => {
      expect(only(packaged.byDefault, lambda)).not.toHaveProperty("ReservedConcurrentExecutions");
      expect(only(packaged.everything, lambda)["ReservedConcurrentExecutions"]).toBe(50);
    });

    test("is zipped as its bundle alone, where its handler says", () => {
      const bundle = "dist/functions/minutes-by-organization/index";
      expect(zipEntries(join(packaged.folder, "default/.serverless/minutes-by-organization.zip"))).toEqual([
        `${bundle}.mjs`,
      ]);
      expect(only(packaged.byDefault, lambda)["Handler"]).toBe(`${bundle}.handler`);
    });
  });

function statementsOf(template: Template) {
  const roles = Object.values(all(template, "AWS::IAM::Role")).map((properties) => role.parse(properties));
  return roles.flatMap(({ Policies }) => Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement));
}

/** What holds for the role that it runs as. */
export const describeRole = (packaged: Packaged) =>
  describe("the function's role", () => {
    test("names the actions and the resources of every statement", () => {
      for (const { Action, Resource } of statementsOf(packaged.everything)) {
        for (const action of Action) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
        for (const resource of Resource) {
          const text = JSON.stringify(resource);
          expect(text).toMatch(/Fn::GetAtt|Fn::Sub/);
          // A wildcard only for the objects within a folder.
          expect(text.replace(/\/\*"\}$/, "")).not.toContain("*");
        }
      }
    });

    test("reads the lake's four tables and nothing beside them, and cannot write there", () => {
      const lake = statementsOf(packaged.everything).filter(({ Resource }) =>
        JSON.stringify(Resource).includes("telephony-lake/"),
      );
      expect(lake).toMatchObject([{ Action: ["s3:GetObject"] }]);
      expect(lake.flatMap(({ Resource }) => Resource)).toEqual(
        ["call_usage", "resellers", "organizations", "agents"].map((table) => ({
          "Fn::Sub": `arn:\${AWS::Partition}:s3:::telephony-lake/minutes/v1/${table}/*`,
        })),
      );
    });

    test("writes nothing but query results and its log", () => {
      const writes = statementsOf(packaged.everything).flatMap(({ Action }) => Action);
      expect(writes.filter((action) => !/:(Get|List)/.test(String(action)))).toEqual([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
      ]);
    });
  });
