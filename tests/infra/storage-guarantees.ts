import { describe, expect, test } from "vitest";
import * as z from "zod";
import { EVERY_PARAMETER } from "../../infra/package-template.ts";
import { LAKE_TABLES } from "../../local/engine/lake-tables.ts";
import { all, named, type Packaged } from "./packaged.ts";

const column = z.object({ Name: z.string(), Type: z.string() });
const table = z.object({
  TableInput: z.object({
    Name: z.string(),
    Parameters: z.record(z.string(), z.string()),
    PartitionKeys: z.array(column).default([]),
    StorageDescriptor: z.object({ Location: z.string(), Columns: z.array(column) }),
  }),
});

/** What holds for the lake's declaration and for the results of its queries. */
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

    test("points each table at its folder under the given prefix", () => {
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
  ])("%s decides cutoff, place and encryption, whatever a client asks for", (id, prefix, cutoff) => {
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

  test("every bucket refuses public access, and plain HTTP", () => {
    const buckets = all(packaged.byDefault, "AWS::S3::Bucket");
    const policies = Object.values(all(packaged.byDefault, "AWS::S3::BucketPolicy"));
    for (const [bucket, properties] of Object.entries(buckets)) {
      expect(properties["PublicAccessBlockConfiguration"]).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      const policy = policies.find(
        ({ Bucket }) => JSON.stringify(Bucket) === JSON.stringify({ Ref: bucket }),
      );
      expect(JSON.stringify(policy)).toMatch(/"Deny".*"aws:SecureTransport":"?false"?/);
    }
  });

  test("query results are encrypted and gone after a day", () => {
    const { ResultsBucket } = all(packaged.byDefault, "AWS::S3::Bucket");
    expect(ResultsBucket).toMatchObject({
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      LifecycleConfiguration: {
        Rules: [
          { Status: "Enabled", ExpirationInDays: 1 },
          { Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
    });
    expect(JSON.stringify(ResultsBucket?.["BucketEncryption"])).toContain("AES256");
  });

  test("logs are kept for the given time", () => {
    for (const log of Object.values(all(packaged.everything, "AWS::Logs::LogGroup"))) {
      expect(String(log["RetentionInDays"])).toBe(EVERY_PARAMETER["logRetentionDays"]);
    }
  });
};
