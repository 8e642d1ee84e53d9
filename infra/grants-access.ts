/**
 * Lets the two functions that answer callers read the grants of accounts. They may get the objects below the prefix,
 * and list it, so that S3 answers 404 instead of 403 for an account without an object.
 *
 * @param location `s3://<bucket>/<prefix>/`; empty without accounts, and then the right does not exist
 */
export function grantsAccess(location: string): { Resources: Record<string, object> } {
  if (location === "") return { Resources: {} };
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  return {
    Resources: {
      GrantsAccess: {
        Type: "AWS::IAM::Policy",
        Properties: {
          PolicyName: "grants",
          Roles: [{ Ref: "ReportsRole" }, { Ref: "BillingSnapshotsApiRole" }],
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "ListGrants",
                Effect: "Allow",
                Action: "s3:ListBucket",
                Resource: { "Fn::Sub": `arn:\${AWS::Partition}:s3:::${bucket}` },
                // A read of a missing object has no prefix.
                Condition: { StringLikeIfExists: { "s3:prefix": `${prefix}*` } },
              },
              {
                Sid: "Grants",
                Effect: "Allow",
                Action: "s3:GetObject",
                Resource: { "Fn::Sub": `arn:\${AWS::Partition}:s3:::${bucket}/${prefix}*` },
              },
            ],
          },
        },
      },
    },
  };
}
