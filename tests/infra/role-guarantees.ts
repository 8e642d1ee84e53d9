import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER, type Template } from "../../infra/package-template.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { asGiven, everyStatement, isWrite, policyOf, type Statement, statementsOf } from "./statements.ts";

const role = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.tuple([z.object({ Principal: z.unknown(), Condition: z.optional(z.unknown()) })]),
  }),
});
const reference = z.object({ Role: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }) });
const workgroup = z.object({
  WorkGroupConfiguration: z.object({ ResultConfiguration: z.object({ OutputLocation: z.unknown() }) }),
});

const rolesOf = (template: Template) => Object.keys(all(template, "AWS::IAM::Role"));
const mentions = (text: string) => (statement: Statement) =>
  JSON.stringify(statement.Resource).includes(text);

/** Every statement of every role: a line for each resource, with its actions and its condition. */
function rights(template: Template): string {
  const linesOf = (id: string) =>
    statementsOf(template, id).flatMap(({ Effect, Action, Resource, Condition }) =>
      Resource.map((resource) => {
        const condition = Object.keys(Condition).length === 0 ? "" : ` if ${JSON.stringify(Condition)}`;
        const on = asGiven(resource)
          .replace(/\{"Fn::GetAtt":\["(\w+)","Arn"\]\}|\$\{(\w+)\.Arn\}/g, "$1$2")
          .replace(/arn:\$\{AWS::Partition\}:|\$\{AWS::(Region|AccountId)\}/g, "");
        return `  ${Effect} on ${on}${condition}: ${Action.map(String).toSorted().join(", ")}`;
      }),
    );
  return rolesOf(template)
    .toSorted()
    .map((id) => [id, ...linesOf(id).toSorted(), ""].join("\n"))
    .join("\n");
}

/** Tests of the roles. */
export const describeRoles = (packaged: Packaged) => {
  describe("every role", () => {
    test("has exactly the rights in rights.txt (`npm run golden` writes it, for the reviewer of a change)", async () => {
      await expect(rights(packaged.everything)).toMatchFileSnapshot("rights.txt");
    });

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

    test("is assumed by Lambda, or by Scheduler only for its own group", () => {
      for (const id of rolesOf(packaged.everything)) {
        const [{ Principal, Condition }] = role.parse(named(packaged.everything, "AWS::IAM::Role", id))
          .AssumeRolePolicyDocument.Statement;
        const group = { "Fn::GetAtt": [id.replace("SchedulerRole", "Schedules"), "Arn"] };
        const own = { "aws:SourceAccount": { Ref: "AWS::AccountId" }, "aws:SourceArn": group };
        const isScheduler = id.endsWith("SchedulerRole");
        expect([Principal, Condition]).toEqual([
          { Service: isScheduler ? "scheduler.amazonaws.com" : "lambda.amazonaws.com" },
          isScheduler ? { StringEquals: own } : undefined,
        ]);
      }
    });

    test("of a function writes only its own log", () => {
      for (const [id, properties] of Object.entries(all(packaged.everything, "AWS::Lambda::Function"))) {
        const [own] = reference.parse(properties).Role["Fn::GetAtt"];
        const logs = statementsOf(packaged.everything, own).filter(({ Action }) =>
          Action.some((action) => String(action).startsWith("logs:")),
        );
        const group = { "Fn::GetAtt": [id.replace(/LambdaFunction$/, "LogGroup"), "Arn"] };
        expect(logs.map(({ Resource }) => Resource)).toEqual([[group]]);
      }
    });
  });

  describe("every role that queries the lake", () => {
    const querying = (template: Template) =>
      rolesOf(template)
        .map((id) => statementsOf(template, id))
        .filter((statements) =>
          statements.some(({ Action }) => Action.includes("athena:StartQueryExecution")),
        );

    test("uses a workgroup and a folder of results that no other role uses", () => {
      const used = querying(packaged.everything).map((statements) => {
        const started = statements.filter(({ Action }) => Action.includes("athena:StartQueryExecution"));
        const id = /workgroup\/\$\{(\w+)\}/.exec(JSON.stringify(started))?.[1] ?? "";
        const { WorkGroupConfiguration } = workgroup.parse(
          named(packaged.everything, "AWS::Athena::WorkGroup", id),
        );
        const location = asGiven(WorkGroupConfiguration.ResultConfiguration.OutputLocation);
        const objects = statements
          .filter(mentions("ResultsBucket.Arn}/"))
          .flatMap(({ Resource }) => Resource);
        expect(
          objects.map(asGiven).map((each) => each.replace("${ResultsBucket.Arn}", "s3://ResultsBucket")),
        ).toEqual([`${location}*`]);
        return id;
      });
      expect(new Set(used).size).toBe(used.length);
    });

    test("reads the lake like the others, and writes nothing there", () => {
      const lakeOf = (statements: readonly Statement[]) => statements.filter(mentions("telephony-lake"));
      const [first = [], ...others] = querying(packaged.everything).map(lakeOf);
      expect(first.flatMap(({ Action }) => Action).filter(isWrite)).toEqual([]);
      expect(others).toEqual(others.map(() => first));
      expect(
        first
          .flatMap(({ Resource }) => Resource)
          .map(asGiven)
          .filter((each) => each.endsWith("/*")),
      ).toEqual(
        ["call_usage", "resellers", "organizations", "agents"].map(
          (table) => `arn:\${AWS::Partition}:s3:::telephony-lake/minutes/v1/${table}/*`,
        ),
      );
    });

    test("may decrypt the lake with the given key, and with none by default", () => {
      const keys = (template: Template) =>
        querying(template).map((statements) =>
          statements
            .filter(({ Action }) => Action.includes("kms:Decrypt"))
            .flatMap(({ Resource }) => Resource),
        );
      const given = keys(packaged.everything);
      expect(given).toEqual(given.map(() => [EVERY_PARAMETER["lakeKmsKeyArn"]]));
      expect(keys(packaged.byDefault).flat()).toEqual([]);
    });

    // S3 answers 404 for a missing object only to those who may list the bucket.
    test.each(["ResultsBucket", "RollupBucket"])(
      "may list %s itself, without a prefix, if it reads it",
      (bucket) => {
        const listings = querying(packaged.byDefault).map((statements) =>
          statements.filter(({ Action }) => Action.includes("s3:ListBucket")).filter(mentions(bucket)),
        );
        const some = listings.filter((each) => each.length > 0);
        expect(some.length).toBeGreaterThan(1);
        for (const each of some)
          expect(each.map(({ Condition }) => Object.keys(Condition))).toEqual([["StringLikeIfExists"]]);
      },
    );
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
};
