import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { snapshotStore } from "../../../lib/s3/snapshot-store.ts";

const client = new S3Client({
  region: "eu-central-1",
  credentials: { accessKeyId: "k", secretAccessKey: "s" },
});

test("a truncated listing without a continuation token is a failure, never fewer revisions", async () => {
  mockClient(client)
    .on(ListObjectsV2Command)
    .resolves({ CommonPrefixes: [{ Prefix: "months/revision=0001/" }], IsTruncated: true });
  await expect(snapshotStore(client, "snapshots").list("months/")).rejects.toMatchObject({
    code: "internal_error",
  });
});
