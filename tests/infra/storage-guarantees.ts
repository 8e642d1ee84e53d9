import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER } from "../../infra/package-template.ts";
import { LAKE_TABLES } from "../../local/engine/lake-tables.ts";
import { all, named, type Packaged } from "./packaged.ts";
import { type Call, refusals, roleArn } from "./policy-evaluator.ts";
import { policyOf } from "./statements.ts";

const column = z.object({ Name: z.string(), Type: z.string() });
const table = z.object({
  TableInput: z.object({
    Name: z.string(),
    Parameters: z.record(z.string(), z.string()),
    PartitionKeys: z.array(column).default([]),
    StorageDescriptor: z.object({ Location: z.string(), Columns: z.array(column) }),
  }),
});

/** Tests of the lake's tables and of the results of its queries. */
export const describeStorage = (packaged: Packaged) => {
  const tables = () =>
    Object.values(all(packaged.everything, "AWS::Glue::Table")).map((glue) => table.parse(glue).TableInput);

  describe("the catalog", () => {
    test("declares the columns that the local stack reads", () => {
      const declared = tables().map(({ Name, StorageDescriptor, PartitionKeys }) => {
        const columns = [...StorageDescriptor.Columns, ...PartitionKeys];
        // Athena's name for Trino's varchar.
        return [
          Name,
          Object.fromEntries(columns.map((each) => [each.Name, each.Type.replace("string", "varchar")])),
        ];
      });
      const read = Object.entries(LAKE_TABLES).map(([name, { columns }]) => [name, columns]);
      expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(read));
    });

    test("points each table to its folder under the given prefix", () => {
      for (const { Name, StorageDescriptor } of tables()) {
        expect(StorageDescriptor.Location).toBe(`s3://telephony-lake/minutes/v1/${Name}/`);
      }
    });

    test("projects the days from the first one to tomorrow, one folder a day", () => {
      expect(tables().find(({ Name }) => Name === "call_usage")?.Parameters).toMatchObject({
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        "projection.dt.range": "2020-01-01,NOW+1DAY",
        "storage.location.template": "s3://telephony-lake/minutes/v1/call_usage/dt=${dt}",
      });
    });
  });

  test.each([
    ["ReportWorkGroup", "reports", 100_000_000_000],
    ["BillingWorkGroup", "billing-snapshot", 10_000_000_000_000],
    ["RollupWorkGroup", "usage-rollup", 10_000_000_000_000],
  ])("lets %s decide cutoff, location and encryption, whatever a client asks for", (id, prefix, cutoff) => {
    expect(named(packaged.byDefault, "AWS::Athena::WorkGroup", id)).toMatchObject({
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: true,
        BytesScannedCutoffPerQuery: cutoff,
        EngineVersion: { SelectedEngineVersion: "Athena engine version 3" },
        ResultConfiguration: {
          OutputLocation: { "Fn::Sub": `s3://\${ResultsBucket}/${prefix}/` },
          EncryptionConfiguration: { EncryptionOption: "SSE_S3" },
        },
      },
    });
  });

  describe("every bucket", () => {
    // osls makes ServerlessDeploymentBucket, which holds only code.
    const buckets = () =>
      Object.entries(all(packaged.everything, "AWS::S3::Bucket")).filter(
        ([id]) => id !== "ServerlessDeploymentBucket",
      );

    test("is private, encrypted and owned by the account, and drops abandoned uploads", () => {
      for (const [id, properties] of buckets()) {
        const isTrue = Object.values(
          z.record(z.string(), z.boolean()).parse(properties["PublicAccessBlockConfiguration"]),
        );
        expect(isTrue, id).toEqual([true, true, true, true]);
        expect(JSON.stringify(properties["BucketEncryption"]), id).toContain('"SSEAlgorithm":"AES256"');
        expect(properties, id).toMatchObject({
          OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
          LifecycleConfiguration: {
            Rules: expect.arrayContaining([
              expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
            ]),
          },
        });
      }
    });

    test("refuses plain HTTP, for itself and its objects", () => {
      for (const [id] of buckets()) {
        const policy = policyOf(named(packaged.everything, "AWS::S3::BucketPolicy", `${id}Policy`));
        const reading = { action: "s3:GetObject", principal: roleArn("Administrator"), isPlainHttp: true };
        expect(refusals(policy, { ...reading, on: `${id}/any` })).toContain("TlsOnly");
        expect(refusals(policy, { ...reading, action: "s3:ListBucket", on: id })).toEqual(["TlsOnly"]);
      }
    });

    test.each([
      ["ResultsBucket", 1],
      ["AnswersBucket", 7],
    ])("forgets only what expires: every object of %s after %i days", (id, days) => {
      const expiring = buckets().filter(([, properties]) =>
        JSON.stringify(properties).includes("ExpirationInDays"),
      );
      expect(expiring.map(([bucket]) => bucket)).toEqual(["ResultsBucket", "AnswersBucket"]);
      // A rule with a prefix or a filter would omit some objects.
      expect(named(packaged.everything, "AWS::S3::Bucket", id)["LifecycleConfiguration"]).toMatchObject({
        Rules: expect.arrayContaining([
          { Id: expect.any(String), Status: "Enabled", ExpirationInDays: days },
        ]),
      });
    });
  });

  describe("the policy of the results bucket", () => {
    const refused = (template: Packaged["byDefault"], call: Omit<Call, "on">, on: string) =>
      refusals(policyOf(named(template, "AWS::S3::BucketPolicy", "ResultsBucketPolicy")), { ...call, on });
    const result = "ResultsBucket/billing-snapshot/0b9c.csv";
    const billing = { action: "s3:GetObject", principal: roleArn("BillingSnapshotRole") };

    test.each(["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"])(
      "refuses %s of billing's results to all but billing and the auditor",
      (action) => {
        const auditor = { action, principal: EVERY_PARAMETER["auditorRoleArn"] ?? "" };
        expect(refused(packaged.byDefault, { ...billing, action }, result)).toEqual([]);
        expect(refused(packaged.everything, { ...billing, action }, result)).toEqual([]);
        expect(refused(packaged.everything, auditor, result)).toEqual([]);
        expect(refused(packaged.byDefault, auditor, result)).toEqual(["OnlyBillingReadsItsResults"]);
        for (const other of ["Administrator", "ReportsRole", "UsageRollupRole", "BillingSnapshotsApiRole"]) {
          const call = { action, principal: roleArn(other) };
          expect(refused(packaged.everything, call, result)).toEqual(["OnlyBillingReadsItsResults"]);
        }
      },
    );

    test("leaves the results of the other workgroups, and writing and deleting, to the roles", () => {
      const administrator = { principal: roleArn("Administrator") };
      const report = { action: "s3:GetObject", principal: roleArn("ReportsRole") };
      expect(refused(packaged.everything, report, "ResultsBucket/reports/0b9c.csv")).toEqual([]);
      for (const action of ["s3:PutObject", "s3:DeleteObject"])
        expect(refused(packaged.everything, { ...administrator, action }, result)).toEqual([]);
    });
  });

  describe("the policy of the answers bucket", () => {
    const refused = (call: Omit<Call, "on">, on = "AnswersBucket/0b9c") =>
      refusals(policyOf(named(packaged.everything, "AWS::S3::BucketPolicy", "AnswersBucketPolicy")), {
        ...call,
        on,
      });
    const reports = roleArn("ReportsRole");

    test.each(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"])(
      "refuses %s to all but the report function",
      (action) => {
        expect(refused({ action, principal: reports })).toEqual([]);
        for (const other of [
          "Administrator",
          "BillingSnapshotRole",
          "UsageRollupRole",
          "BillingSnapshotsApiRole",
        ])
          expect(refused({ action, principal: roleArn(other) })).toEqual(["OnlyReportsReadAndWriteAnswers"]);
      },
    );

    test("leaves deleting and listing to the roles, so that the stack can be removed", () => {
      const principal = roleArn("Administrator");
      expect(refused({ action: "s3:DeleteObject", principal })).toEqual([]);
      expect(refused({ action: "s3:ListBucket", principal }, "AnswersBucket")).toEqual([]);
    });
  });

  test("keeps logs for the given time", () => {
    for (const log of Object.values(all(packaged.everything, "AWS::Logs::LogGroup"))) {
      expect(String(log["RetentionInDays"])).toBe(EVERY_PARAMETER["logRetentionDays"]);
    }
  });
};
