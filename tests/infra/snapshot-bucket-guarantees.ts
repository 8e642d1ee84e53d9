import { describe, expect, test } from "vitest";
import { EVERY_PARAMETER } from "../../infra/package-template.ts";
import { named, type Packaged } from "./packaged.ts";
import { type Call, isAllowed, refusals, roleArn } from "./policy-evaluator.ts";
import { policyOf, statementsOf } from "./statements.ts";

const BILLING = roleArn("BillingSnapshotRole");
const API = roleArn("BillingSnapshotsApiRole");
const ADMINISTRATOR = roleArn("Administrator");
/** An administrator, AWS Backup, and the role of a replication or a scan. None of them may read. */
const OTHERS = [
  ADMINISTRATOR,
  roleArn("service-role/AWSBackup"),
  roleArn("ReportsRole"),
  roleArn("UsageRollupRole"),
];
const AUDITOR = EVERY_PARAMETER["auditorRoleArn"] ?? "";

/** Calls that read an object or its properties. */
const READS = [
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:GetObjectAttributes",
  "s3:GetObjectVersionForReplication",
  "s3:GetObjectTagging",
];

/** Tests of the closed months for every principal. */
export const describeSnapshotBucket = (packaged: Packaged) =>
  describe("the snapshot bucket", () => {
    const policyIn = (template: Packaged["byDefault"]) =>
      policyOf(named(template, "AWS::S3::BucketPolicy", "SnapshotBucketPolicy"));
    const policy = () => policyIn(packaged.byDefault);
    const bill = "SnapshotBucket/bills/000001.json";
    /** The statements that refused a call in a test here; every statement must be among them. */
    const judged = new Set<string | undefined>();
    const refused = (call: Omit<Call, "on"> & { readonly on?: string }, in_ = policy()) => {
      const found = refusals(in_, { on: bill, ...call });
      for (const sid of found) judged.add(sid);
      return found;
    };

    test("and its policy stay when the stack is deleted, but not when its first creation fails", () => {
      for (const id of ["SnapshotBucket", "SnapshotBucketPolicy"]) {
        expect(packaged.byDefault.Resources[id]).toMatchObject({
          DeletionPolicy: "RetainExceptOnCreate",
          UpdateReplacePolicy: "Retain",
        });
      }
    });

    test("is versioned", () => {
      const bucket = named(packaged.byDefault, "AWS::S3::Bucket", "SnapshotBucket");
      expect(bucket).toMatchObject({
        VersioningConfiguration: { Status: "Enabled" },
        // S3 cannot suspend versioning with an object lock.
        ObjectLockEnabled: true,
      });
    });

    test("locks what is written if the deployer asks for it, so that nobody can lift the lock", () => {
      const lockOf = (template: Packaged["byDefault"]) =>
        named(template, "AWS::S3::Bucket", "SnapshotBucket")["ObjectLockConfiguration"];
      expect(lockOf(packaged.byDefault)).toEqual({ ObjectLockEnabled: "Enabled" });
      expect(lockOf(packaged.everything)).toEqual({
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 3650 } },
      });
    });

    test("has a policy that only denies, to everyone", () => {
      const principals = named(packaged.byDefault, "AWS::S3::BucketPolicy", "SnapshotBucketPolicy");
      expect(JSON.stringify(principals)).not.toMatch(/"Allow"|NotPrincipal|NotAction|NotResource/);
      expect(JSON.stringify(principals).match(/"Principal":"\*"/g)).toHaveLength(policy().length);
    });

    test("may be written only by the daily run", () => {
      const put = { action: "s3:PutObject", ifNoneMatch: true };
      expect(refused({ ...put, principal: BILLING })).toEqual([]);
      for (const principal of [API, AUDITOR, ...OTHERS]) {
        expect(refused({ ...put, principal }, policyIn(packaged.everything))).toEqual(["OnlyBillingPuts"]);
        expect(refused({ action: "s3:ReplicateObject", principal })).toEqual(["OnlyBillingPuts"]);
      }
    });

    test("never allows overwriting, not even by the daily run: no put, copy or part without the header", () => {
      // All of these are s3:PutObject. Beginning an upload and adding a part cannot have the header.
      expect(refused({ action: "s3:PutObject", principal: BILLING })).toEqual(["NothingIsOverwritten"]);
      expect(JSON.stringify(policy())).not.toContain("s3:ObjectCreationOperation");
    });

    test.each(READS)("refuses %s to all but the two functions and the auditor", (action) => {
      for (const principal of [BILLING, API]) {
        expect(refused({ action, principal })).toEqual([]);
        expect(refused({ action, principal }, policyIn(packaged.everything))).toEqual([]);
      }
      for (const principal of OTHERS) {
        expect(refused({ action, principal })).toEqual(["OnlyBillingReads"]);
        expect(refused({ action, principal }, policyIn(packaged.everything))).toEqual(["OnlyBillingReads"]);
      }
      expect(refused({ action, principal: AUDITOR }, policyIn(packaged.everything))).toEqual([]);
      expect(refused({ action, principal: AUDITOR })).toEqual(["OnlyBillingReads"]);
    });

    test("has no empty ARN in a condition without an auditor", () => {
      const readers = ["BillingSnapshotRole", "BillingSnapshotsApiRole"].map((id) => ({
        "Fn::GetAtt": [id, "Arn"],
      }));
      const conditionIn = (template: Packaged["byDefault"]) =>
        policyIn(template).find(({ Sid }) => Sid === "OnlyBillingReads")?.Condition;
      expect(conditionIn(packaged.byDefault)).toEqual({ ArnNotEquals: { "aws:PrincipalArn": readers } });
      expect(conditionIn(packaged.everything)).toEqual({
        ArnNotEquals: { "aws:PrincipalArn": [...readers, AUDITOR] },
      });
    });

    test.each([
      "s3:GetBucketPolicy",
      "s3:GetLifecycleConfiguration",
      "s3:GetBucketVersioning",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetEncryptionConfiguration",
      "s3:ListBucket",
      "s3:ListBucketVersions",
      "s3:PutBucketPolicy",
      "s3:DeleteBucketPolicy",
      "s3:PutBucketNotification",
      "s3:DeleteBucket",
    ])("refuses %s to nobody, because a deployment or a locked-out person needs it", (action) => {
      expect(refused({ action, principal: ADMINISTRATOR, on: "SnapshotBucket" })).toEqual([]);
    });

    test.each(["s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration"])(
      "refuses %s to everyone, including the deployer",
      (action) => {
        for (const principal of [BILLING, AUDITOR, ADMINISTRATOR, roleArn("Deployer")])
          expect(refused({ action, principal, on: "SnapshotBucket" })).toEqual(["RulesStayAsTheyAre"]);
      },
    );

    test.each([
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:ReplicateDelete",
      "s3:BypassGovernanceRetention",
      "s3:PutObjectRetention",
      "s3:PutObjectAcl",
      "s3:PutObjectVersionAcl",
      "s3:UpdateObjectEncryption",
    ])("refuses %s to everyone, including the daily run and administrators", (action) => {
      for (const principal of [BILLING, API, AUDITOR, ADMINISTRATOR])
        expect(refused({ action, principal, ifNoneMatch: true })).toEqual(["NothingIsDeletedOrChanged"]);
    });

    test("refuses plain HTTP, for the bucket and its objects", () => {
      const read = { action: "s3:GetObject", principal: API };
      expect(refused(read)).toEqual([]);
      expect(refused({ ...read, isPlainHttp: true })).toEqual(["TlsOnly"]);
      const list = { action: "s3:ListBucket", principal: API, on: "SnapshotBucket" };
      expect(refused(list)).toEqual([]);
      expect(refused({ ...list, isPlainHttp: true })).toEqual(["TlsOnly"]);
    });

    test("has no statement that no call above has matched", () => {
      expect(judged).toEqual(new Set(policy().map(({ Sid }) => Sid)));
    });

    test.each([
      ["BillingSnapshotRole", "s3:GetObject", "bills/000001.json", true],
      ["BillingSnapshotRole", "s3:PutObject", "bills/000001.json", true],
      ["BillingSnapshotRole", "s3:PutObject", "looked/2026-04/0001/x.json", true],
      ["BillingSnapshotRole", "s3:DeleteObject", "bills/000001.json", false],
      ["BillingSnapshotRole", "s3:PutObject", "elsewhere/x.json", false],
      ["BillingSnapshotsApiRole", "s3:GetObject", "bills/000001.json", true],
      ["BillingSnapshotsApiRole", "s3:GetObject", "minutes-by-organization/period=2026-04/x.json", true],
      ["BillingSnapshotsApiRole", "s3:PutObject", "bills/000001.json", false],
      ["ReportsRole", "s3:GetObject", "bills/000001.json", false],
      ["UsageRollupRole", "s3:GetObject", "bills/000001.json", false],
    ] as const)("lets %s do %s of %s, by role and policy together: %s", (role, action, key, expected) => {
      const call = { action, principal: roleArn(role), on: `SnapshotBucket/${key}`, ifNoneMatch: true };
      const may = isAllowed(statementsOf(packaged.everything, role), call) && refused(call).length === 0;
      expect(may).toBe(expected);
    });
  });
