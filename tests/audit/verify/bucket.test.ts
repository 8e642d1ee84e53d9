import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { s3Bucket } from "../../../audit/verify/bucket.ts";
import { startS3 } from "../../../local/s3/server.ts";
import { collect } from "../../lib/valid.ts";
import { bucketOf, s3Client } from "../../local/s3-client.ts";

const BUCKET = "billing-snapshots";

let directory: string;
let server: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "verify-"));
  server = await startS3({ directory, port: 0 });
  await server.makeBucket(BUCKET);
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

test("lists every version over all pages of a listing, and reads objects", async () => {
  const client = s3Client(server.url);
  const { put } = bucketOf(client, BUCKET);
  const keys = Array.from({ length: 1_005 }, (_, index) => `bills/${String(index).padStart(6, "0")}.json`);
  for (const key of keys) await put(key, key);
  const bucket = s3Bucket(client, BUCKET);
  expect(await collect(bucket.versions())).toEqual(keys.map((key) => ({ key, isDeleteMarker: false })));
  expect(Buffer.from((await bucket.get(keys[3] ?? "")) ?? []).toString()).toBe(keys[3]);
  expect(await bucket.get("bills/nowhere")).toBeUndefined();
  client.destroy();
});
