import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { emptyBucket } from "../../infra/empty-bucket.ts";

const client = new S3Client({ region: "us-east-1", credentials: { accessKeyId: "k", secretAccessKey: "s" } });
const s3 = mockClient(client);

beforeEach(() => {
  s3.reset();
  s3.on(GetBucketVersioningCommand).resolves({});
  s3.on(DeleteObjectsCommand).resolves({});
});

describe("emptying a bucket", () => {
  test("deletes every object of every page of the listing, and counts them", async () => {
    s3.on(ListObjectsV2Command).resolves({
      Contents: [{ Key: "a" }, { Key: "b" }],
      IsTruncated: true,
      NextContinuationToken: "next",
    });
    s3.on(ListObjectsV2Command, { ContinuationToken: "next" }).resolves({ Contents: [{ Key: "c" }] });
    expect(await emptyBucket(client, "results")).toBe(3);
    const deleted = s3.commandCalls(DeleteObjectsCommand).map(({ args }) => args[0].input);
    expect(deleted.flatMap(({ Delete }) => Delete?.Objects)).toEqual([
      { Key: "a" },
      { Key: "b" },
      { Key: "c" },
    ]);
    expect(new Set(deleted.map(({ Bucket }) => Bucket))).toEqual(new Set(["results"]));
  });

  test.each(["Enabled", "Suspended"] as const)(
    "refuses a bucket that keeps versions (%s)",
    async (Status) => {
      s3.on(GetBucketVersioningCommand).resolves({ Status });
      s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: "a" }] });
      await expect(emptyBucket(client, "snapshots")).rejects.toThrow(/snapshots keeps versions/);
      expect(s3.commandCalls(DeleteObjectsCommand)).toHaveLength(0);
    },
  );

  test("fails and names the object if S3 does not delete one", async () => {
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: "a" }] });
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: "a", Code: "AccessDenied", Message: "no" }] });
    await expect(emptyBucket(client, "results")).rejects.toThrow(
      "S3 did not delete a of results: AccessDenied no",
    );
  });

  test("deletes nothing in an empty bucket", async () => {
    s3.on(ListObjectsV2Command).resolves({});
    expect(await emptyBucket(client, "results")).toBe(0);
    expect(s3.commandCalls(DeleteObjectsCommand)).toHaveLength(0);
  });
});
