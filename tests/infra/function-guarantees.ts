import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { readEnvironment, reportVariables } from "../../lib/composition/environment.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { asGiven } from "./rollup-guarantees.ts";
import { everyStatement, isWrite, policyOf, statementsOf } from "./statements.ts";
import { REPORT } from "./written-metrics.ts";
import { zipEntries } from "./zip-entries.ts";

const lambda = "AWS::Lambda::Function";
const ROLES: Readonly<Record<string, string>> = {
  reports: "ReportsRole",
  "billing-snapshot": "BillingSnapshotRole",
  "billing-snapshots-api": "BillingSnapshotsApiRole",
  documentation: "DocumentationRole",
  "usage-rollup": "UsageRollupRole",
};

/** A function's properties by the name of its folder, which is part of its handler. */
function functionsOf(template: Template): Map<string, Record<string, unknown>> {
  const functions = Object.values(all(template, lambda));
  return new Map(functions.map((each) => [String(each["Handler"]).split("/").at(-2) ?? "", each]));
}

/** Tests of each function. */
export const describeEveryFunction = (packaged: Packaged) =>
  describe("every function", () => {
    test("is deployed under its folder's name, and every folder is deployed", () => {
      const folders = readdirSync(join(import.meta.dirname, "../../functions"));
      expect([...functionsOf(packaged.byDefault).keys()].toSorted()).toEqual(folders.toSorted());
      for (const [folder, { FunctionName, Handler }] of functionsOf(packaged.byDefault)) {
        expect(Handler).toBe(`dist/functions/${folder}/index.handler`);
        expect(FunctionName).toBe(`minutes-service-dev-${folder}`);
      }
    });

    test("has a role of its own, and writes log lines that nothing wraps", () => {
      for (const [folder, properties] of functionsOf(packaged.byDefault)) {
        expect(properties).toMatchObject({
          Role: { "Fn::GetAtt": [ROLES[folder], "Arn"] },
          LoggingConfig: { LogFormat: "JSON" },
          Architectures: ["arm64"],
          Runtime: "nodejs24.x",
          MemorySize: folder === "documentation" ? 512 : 1769,
        });
      }
    });

    test("is packaged as only its bundle and the licences of its packages", () => {
      for (const folder of functionsOf(packaged.byDefault).keys()) {
        expect([...zipEntries(join(packaged.folder, `default/.serverless/${folder}.zip`)).keys()]).toEqual([
          `dist/functions/${folder}/index.mjs`,
          `dist/functions/${folder}/third-party-notices.txt`,
        ]);
      }
    });

    test("ends before the gateway's timeout", () => {
      for (const { IntegrationUri, TimeoutInMillis } of Object.values(
        all(packaged.byDefault, "AWS::ApiGatewayV2::Integration"),
      )) {
        const { "Fn::GetAtt": target } = z
          .object({ "Fn::GetAtt": z.array(z.string()) })
          .parse(IntegrationUri);
        const { Timeout } = named(packaged.byDefault, lambda, target[0] ?? "");
        expect(Number(Timeout) * 1000).toBeLessThan(Number(TimeoutInMillis));
      }
    });
  });

/** Tests of the report function. */
export const describeFunction = (packaged: Packaged) =>
  describe("the report's function", () => {
    test("accepts its environment", () => {
      const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
      const { Environment } = variables.parse(named(packaged.everything, lambda, REPORT));
      const resolved = Object.entries(Environment.Variables).map(([name, value]) => [name, asGiven(value)]);
      const names = resolved.map(([name]) => name);
      expect(Object.keys(reportVariables.shape)).toEqual(expect.arrayContaining(names));
      expect(
        readEnvironment(reportVariables, { AWS_REGION: "us-east-1", ...Object.fromEntries(resolved) }),
      ).toMatchObject({ MAX_RANGE_DAYS: 366, EARLIEST_DATE: "2020-01-01", RESELLER_CLAIM: "reseller_ids" });
    });

    test("has 100 instances of its own, or the given number", () => {
      expect(named(packaged.byDefault, lambda, REPORT)["ReservedConcurrentExecutions"]).toBe(100);
      expect(named(packaged.everything, lambda, REPORT)["ReservedConcurrentExecutions"]).toBe(50);
    });
  });

/** Tests of the roles, and of the one that the report runs with. */
export const describeRole = (packaged: Packaged) => {
  const ofReport = () => statementsOf(packaged.everything, "ReportsRole");

  describe("every role", () => {
    test("names the actions and the resources of every statement", () => {
      for (const { Action, Resource } of everyStatement(packaged.everything)) {
        for (const action of Action) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
        for (const resource of Resource) {
          const text = JSON.stringify(resource);
          // The key of the lake, as the deployer named it.
          if (JSON.stringify(Action) === '["kms:Decrypt"]') continue;
          expect(text).toMatch(/Fn::GetAtt|Fn::Sub/);
          // A wildcard only for the objects in a folder.
          expect(text.replace(/\/\*"\}$/, "")).not.toContain("*");
        }
      }
    });
  });

  describe("every role that queries the lake", () => {
    const querying = (template: Template) =>
      Object.keys(all(template, "AWS::IAM::Role"))
        .map((id) => statementsOf(template, id))
        .filter((statements) =>
          statements.some(({ Action }) => Action.includes("athena:StartQueryExecution")),
        );

    test("may decrypt the lake with the given key, and with none by default", () => {
      const keys = (template: Template) =>
        querying(template).map((statements) =>
          statements
            .filter(({ Action }) => Action.includes("kms:Decrypt"))
            .flatMap(({ Resource }) => Resource),
        );
      expect(new Set(keys(packaged.everything).flat())).toEqual(new Set([EVERY_PARAMETER["lakeKmsKeyArn"]]));
      expect(keys(packaged.everything).every((own) => own.length === 1)).toBe(true);
      expect(keys(packaged.byDefault).flat()).toEqual([]);
    });

    test("may list its results and the bucket itself, without a prefix", () => {
      for (const statements of querying(packaged.byDefault)) {
        const listing = statements.filter(
          ({ Action, Resource }) =>
            Action.includes("s3:ListBucket") && JSON.stringify(Resource).includes("ResultsBucket"),
        );
        expect(listing.map(({ Condition }) => Object.keys(Condition))).toEqual([["StringLikeIfExists"]]);
      }
    });

    test("may list the rollup without a prefix, so that S3 answers 404 for a missing state object", () => {
      const readers = querying(packaged.byDefault).filter((statements) =>
        statements.some(({ Resource }) => JSON.stringify(Resource).includes("coverage.json")),
      );
      expect(readers).toHaveLength(2);
      for (const statements of readers) {
        const listing = statements.filter(
          ({ Action, Resource }) =>
            Action.includes("s3:ListBucket") && JSON.stringify(Resource).includes("RollupBucket"),
        );
        expect(listing.map(({ Condition }) => Object.keys(Condition))).toEqual([["StringLikeIfExists"]]);
      }
    });
  });

  describe("the grants of accounts", () => {
    test("may be read and listed by the two functions that answer callers, and by no other", () => {
      const grants = named(packaged.everything, "AWS::IAM::Policy", "GrantsAccess");
      expect(grants["Roles"]).toEqual([{ Ref: "ReportsRole" }, { Ref: "BillingSnapshotsApiRole" }]);
      expect(policyOf(grants)).toMatchObject([
        {
          Effect: "Allow",
          Action: ["s3:ListBucket"],
          Resource: [{ "Fn::Sub": "arn:${AWS::Partition}:s3:::platform-grants" }],
          Condition: { StringLikeIfExists: { "s3:prefix": "accounts/*" } },
        },
        {
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: [{ "Fn::Sub": "arn:${AWS::Partition}:s3:::platform-grants/accounts/*" }],
        },
      ]);
    });

    test("are not readable without accounts", () => {
      const types = Object.values(packaged.byDefault.Resources).map(({ Type }) => Type);
      expect(types).not.toContain("AWS::IAM::Policy");
    });
  });

  describe("the table of the partners' budgets", () => {
    test("is updated by the report's role, and by nobody else in any other way", () => {
      const actions = everyStatement(packaged.everything)
        .filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).match(/dynamodb|BudgetTable/))
        .map(({ Action, Resource }) => [Action, Resource]);
      expect(actions).toEqual([[["dynamodb:UpdateItem"], [{ "Fn::GetAtt": ["BudgetTable", "Arn"] }]]]);
    });

    test("has the keys that the function writes, and forgets its items", () => {
      expect(named(packaged.byDefault, "AWS::DynamoDB::Table", "BudgetTable")).toEqual({
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "partner", AttributeType: "S" },
          { AttributeName: "window_start", AttributeType: "N" },
        ],
        KeySchema: [
          { AttributeName: "partner", KeyType: "HASH" },
          { AttributeName: "window_start", KeyType: "RANGE" },
        ],
        TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true },
      });
    });
  });

  describe("the report's role", () => {
    test("reads only the lake's four tables, and cannot write there", () => {
      const lake = ofReport().filter(({ Resource }) => JSON.stringify(Resource).includes("telephony-lake/"));
      expect(lake).toMatchObject([{ Action: ["s3:GetObject"] }]);
      expect(lake.flatMap(({ Resource }) => Resource)).toEqual(
        ["call_usage", "resellers", "organizations", "agents"].map((table) => ({
          "Fn::Sub": `arn:\${AWS::Partition}:s3:::telephony-lake/minutes/v1/${table}/*`,
        })),
      );
    });

    test("writes only query results, answers and its log", () => {
      const writes = ofReport().flatMap(({ Action }) => Action);
      expect(writes.filter(isWrite)).toEqual([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "dynamodb:UpdateItem",
        "s3:PutObject",
      ]);
    });
  });
};
