import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3 } from "../../local/s3/server.ts";
import { bucketOf, failure, s3Client } from "./s3-client.ts";

/**
 * Behaviour of S3 that the local S3 has and other servers do not. Nothing relies on it, so other servers are not
 * tested.
 */
const directory = await mkdtemp(join(tmpdir(), "s3-"));
const server = await startS3({ directory, port: 0 });
const s3 = s3Client(server.url);
const bucket = "minutes";
const { put, get, list } = bucketOf(s3, bucket);

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(async () => {
  s3.destroy();
  await server.close();
  await rm(directory, { recursive: true });
});

test("a key of 1,024 bytes is accepted, one of 1,025 is not", async () => {
  const segments = `${"k".repeat(127)}/`.repeat(7);
  const longest = segments + "k".repeat(128);
  await put(longest, "long");
  expect((await get(longest)).text).toBe("long");
  expect(await failure(put(`${segments}/${"k".repeat(128)}`, "x"))).toEqual({
    status: 400,
    code: "KeyTooLongError",
  });
});

test("an object may have the name of another's folder", async () => {
  await put("named/below", "below");
  await put("named", "above");
  expect((await get("named")).text).toBe("above");
  expect((await get("named/below")).text).toBe("below");
});

describe("a listing", () => {
  test("that is encoded for a URL gives back a key that looks encoded itself", async () => {
    const keys = ["encoded/%2F", "encoded/a b"];
    for (const key of keys) await put(key, "x");
    const page = await list({ Prefix: "encoded/", EncodingType: "url" });
    expect(page.keys.map((key) => decodeURIComponent(key ?? ""))).toEqual(keys);
  });
});
