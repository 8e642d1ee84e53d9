import { describe, expect, test } from "vitest";
import { all, named, type Packaged } from "./packaged.ts";
import { policyOf, type Statement, statementsOf } from "./statements.ts";

const BUCKET_ARN = { "Fn::GetAtt": ["SnapshotBucket", "Arn"] };
const OBJECTS = { "Fn::Join": ["", [BUCKET_ARN, "/*"]] };
/** The roles in the template stand for their ARNs. */
const BILLING = "BillingSnapshotRole";

/** One call on an object of the bucket, as S3 judges it. */
interface Call {
  readonly action: string;
  readonly role: string;
  readonly headers?: readonly string[];
  readonly isPlain?: boolean;
}

/** Whether a condition of the policy is met; one that is not known here is a mistake of this test. */
function isMet(operator: string, values: Readonly<Record<string, unknown>>, call: Call): boolean {
  const [key, value] = Object.entries(values)[0] ?? [];
  switch (`${operator} ${key}`) {
    case "Bool aws:SecureTransport":
      return value === String(call.isPlain !== true);
    case "ArnNotEquals aws:PrincipalArn":
      return JSON.stringify(value) !== JSON.stringify({ "Fn::GetAtt": [call.role, "Arn"] });
    case "Null s3:if-none-match":
      return value === String(call.headers?.includes("if-none-match") !== true);
    default:
      throw new Error(`no meaning for ${operator} ${key}`);
  }
}

/** The statements that refuse a call: a single one is enough, whatever any role allows. */
function refusals(statements: readonly Statement[], call: Call): (string | undefined)[] {
  const refusing = statements.filter(
    ({ Effect, Action, Resource, Condition }) =>
      Effect === "Deny" &&
      Action.some((action) => action === call.action || action === "s3:*") &&
      Resource.some((resource) => JSON.stringify(resource) === JSON.stringify(OBJECTS)) &&
      Object.entries(Condition).every(([operator, values]) => isMet(operator, values, call)),
  );
  return refusing.map(({ Sid }) => Sid);
}

/** What holds for the closed months, whoever asks. */
export const describeSnapshotBucket = (packaged: Packaged) =>
  describe("the snapshot bucket", () => {
    const policy = () => policyOf(named(packaged.byDefault, "AWS::S3::BucketPolicy", "SnapshotBucketPolicy"));
    const refused = (call: Call) => refusals(policy(), call);
    const conditional = ["if-none-match"];

    test("and its policy stay when the stack is deleted, but not when its first creation fails", () => {
      for (const id of ["SnapshotBucket", "SnapshotBucketPolicy"]) {
        expect(packaged.byDefault.Resources[id]).toMatchObject({
          DeletionPolicy: "RetainExceptOnCreate",
          UpdateReplacePolicy: "Retain",
        });
      }
    });

    test("is versioned for good, encrypted, its owner's alone, and expires nothing", () => {
      const bucket = named(packaged.byDefault, "AWS::S3::Bucket", "SnapshotBucket");
      expect(bucket).toMatchObject({
        VersioningConfiguration: { Status: "Enabled" },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        // S3 suspends no versioning where it is on.
        ObjectLockEnabled: true,
      });
      expect(JSON.stringify(bucket["BucketEncryption"])).toContain("AES256");
      expect(bucket["LifecycleConfiguration"]).toEqual({
        Rules: [
          {
            Id: "abandoned-uploads",
            Status: "Enabled",
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      });
    });

    test("locks what is written where the deployer asks for it, so that nobody can lift it", () => {
      const lockOf = (template: Packaged["byDefault"]) =>
        named(template, "AWS::S3::Bucket", "SnapshotBucket")["ObjectLockConfiguration"];
      expect(lockOf(packaged.byDefault)).toEqual({ ObjectLockEnabled: "Enabled" });
      expect(lockOf(packaged.everything)).toEqual({
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 3650 } },
      });
    });

    test("has a policy that refuses and never allows, to everyone", () => {
      const principals = named(packaged.byDefault, "AWS::S3::BucketPolicy", "SnapshotBucketPolicy");
      expect(JSON.stringify(principals)).not.toMatch(/"Allow"|NotPrincipal|NotAction|NotResource/);
      expect(JSON.stringify(principals).match(/"Principal":"\*"/g)).toHaveLength(policy().length);
    });

    test("is written by the daily run alone", () => {
      const call = { action: "s3:PutObject", headers: conditional };
      expect(refused({ ...call, role: BILLING })).toEqual([]);
      for (const role of ["ReportsRole", "BillingSnapshotsApiRole", "Administrator"]) {
        expect(refused({ ...call, role })).toEqual(["OnlyBillingPuts"]);
        expect(refused({ action: "s3:ReplicateObject", role })).toEqual(["OnlyBillingPuts"]);
      }
    });

    test("is never written over, by the daily run neither: no put, copy or part of an upload without the header", () => {
      // All of these are s3:PutObject; beginning an upload and adding a part know no such header.
      expect(refused({ action: "s3:PutObject", role: BILLING })).toEqual(["NothingIsOverwritten"]);
      expect(JSON.stringify(policy())).not.toContain("s3:ObjectCreationOperation");
    });

    test.each([
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:ReplicateDelete",
      "s3:BypassGovernanceRetention",
      "s3:PutObjectRetention",
      "s3:PutObjectAcl",
      "s3:PutObjectVersionAcl",
      "s3:UpdateObjectEncryption",
    ])("refuses %s to everyone, the daily run and administrators among them", (action) => {
      for (const role of [BILLING, "BillingSnapshotsApiRole", "Administrator"]) {
        expect(refused({ action, role, headers: conditional })).toEqual(["NothingIsDeletedOrChanged"]);
      }
    });

    test("refuses plain HTTP", () => {
      const call = { action: "s3:GetObject", role: "BillingSnapshotsApiRole" };
      expect(refused(call)).toEqual([]);
      expect(refused({ ...call, isPlain: true })).toEqual(["TlsOnly"]);
      expect(policy().find(({ Sid }) => Sid === "TlsOnly")?.Resource).toEqual([BUCKET_ARN, OBJECTS]);
    });

    test("is open to two roles: one puts and reads, one reads; the report's cannot touch it", () => {
      const roles = Object.keys(all(packaged.everything, "AWS::IAM::Role"));
      const open = roles.flatMap((role) => {
        const here = statementsOf(packaged.everything, role).filter(({ Resource }) =>
          JSON.stringify(Resource).includes("SnapshotBucket"),
        );
        return here.length > 0 ? [[role, here.flatMap(({ Action }) => Action)]] : [];
      });
      expect(Object.fromEntries(open)).toEqual({
        BillingSnapshotRole: ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
        BillingSnapshotsApiRole: ["s3:ListBucket", "s3:GetObject"],
      });
    });

    test.each([
      ["BillingSnapshotRole", ["minutes-by-organization/*", "bills/*", "looked/*", "heads/*", "changed/*"]],
      ["BillingSnapshotsApiRole", ["minutes-by-organization/*", "bills/*"]],
    ])("is open to %s under its prefixes, and tells it what is not there", (role, prefixes) => {
      const here = statementsOf(packaged.everything, role).filter(({ Resource }) =>
        JSON.stringify(Resource).includes("SnapshotBucket"),
      );
      expect(here).toMatchObject([
        {
          Resource: [BUCKET_ARN],
          Condition: {
            StringLikeIfExists: {
              "s3:prefix": ["minutes-by-organization/*", "bills/*", "looked/*", "heads/*", "changed/*"],
            },
          },
        },
        {
          Resource: prefixes.map((prefix) => ({ "Fn::Sub": `\${SnapshotBucket.Arn}/${prefix}` })),
        },
      ]);
    });
  });
