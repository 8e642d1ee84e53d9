import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3 } from "../../local/s3/server.ts";
import { bucketOf, failure, s3Client } from "./s3-client.ts";

/** What the local S3 guarantees beyond the protocol, and its answers to requests that the SDK would not send. */
const directory = await mkdtemp(join(tmpdir(), "s3-"));
const server = await startS3({ directory, port: 0 });
const s3 = s3Client(server.url);
const bucket = "minutes";
const { put, get } = bucketOf(s3, bucket);

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(async () => {
  s3.destroy();
  await server.close();
  await rm(directory, { recursive: true });
});

/** A raw request, which `fetch` would normalize, with any authorization. */
async function raw(method: string, path: string, options: RawOptions = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined;
    type: string | undefined;
    body: string;
  }>();
  const headers = { authorization: "AWS4-HMAC-SHA256 Credential=local", ...options.headers };
  request({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false }, (response) => {
    const { statusCode: status, headers: answered } = response;
    text(response).then((body) => resolve({ status, type: answered["content-type"], body }), reject);
  })
    .on("error", reject)
    .end(options.body);
  return promise;
}

interface RawOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function* broken() {
  yield Buffer.from("half");
  throw new Error("source failed");
}

describe("keys that no file system accepts", () => {
  const hostile = [
    "..",
    ".",
    "../../../etc/passwd",
    "a",
    "a/b",
    "a/../b",
    "a//b",
    "/lead",
    "trail/",
    "A",
    "%2F",
    "%2e%2e%2f",
    "back\\slash",
    "q?x=1&y#f",
    "nul\u0000",
    "line\nbreak",
    "e\u0301",
    "\u00e9",
    "con",
    ".uploads/x",
    "x".repeat(1024),
    "\u{1f600}".repeat(256),
  ];
  const { put: putHostile, get: getHostile, list } = bucketOf(s3, "hostile");

  test("exist beside each other, inside the folder, and are listed", async () => {
    await s3.send(new CreateBucketCommand({ Bucket: "hostile" }));
    for (const key of hostile) await putHostile(key, key);
    for (const key of hostile) expect((await getHostile(key)).text).toBe(key);
    const { keys } = await list({ EncodingType: "url" });
    const inByteOrder = hostile.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keys.map((key) => decodeURIComponent(key ?? ""))).toEqual(inByteOrder);
    expect((await readdir(directory)).toSorted()).toEqual([".uploads", "hostile", bucket]);
    expect(await readdir(join(directory, "hostile"))).toHaveLength(hostile.length);
  });

  test("are not resolved in the path of a request either", async () => {
    await putHostile("dots/../up", "as written");
    expect(await raw("GET", "/hostile/dots/../up")).toMatchObject({ status: 200, body: "as written" });
    expect(await raw("GET", "/hostile/../hostile/a")).toMatchObject({ status: 404 });
  });

  test.for(["..", ".uploads", "%2e%2e%2f", "UP", "ab"])("bucket name %s is refused", async (name) => {
    const response = await raw("PUT", `/${name}`);
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining("InvalidBucketName") });
  });
});

test("keeps everything when it is started again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "s3-restart-"));
  const first = await startS3({ directory: folder, port: 0 });
  const before = s3Client(first.url);
  await first.putStream("kept", "a/b", [Buffer.from("12"), Buffer.from("345")], "text/csv");
  await bucketOf(before, "kept").put("m", "x", { Metadata: { k: "v" } });
  const written = await bucketOf(before, "kept").get("m");
  before.destroy();
  await first.close();

  const second = await startS3({ directory: folder, port: 0 });
  const after = s3Client(second.url);
  const { put: putAgain, get: getAgain, list } = bucketOf(after, "kept");
  expect(await getAgain("a/b")).toMatchObject({
    text: "12345",
    ContentType: "text/csv",
    ETag: `"${createHash("md5").update("12345").digest("hex")}"`,
  });
  expect(await getAgain("m")).toMatchObject({
    ETag: written.ETag,
    LastModified: written.LastModified,
    Metadata: { k: "v" },
    ChecksumCRC32: written.ChecksumCRC32,
  });
  expect((await list()).keys).toEqual(["a/b", "m"]);
  expect(await failure(putAgain("m", "y", { IfNoneMatch: "*" }))).toMatchObject({ status: 412 });
  after.destroy();
  await second.close();
  await rm(folder, { recursive: true });
});

test("closing waits for the requests that have begun, so that its folder can be deleted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "s3-"));
  const closing = await startS3({ directory: folder, port: 0 });
  await closing.makeBucket("minutes");
  const headers = { authorization: "AWS4-HMAC-SHA256 Credential=local", "content-length": 1_000_000 };
  const path = "/minutes/half";
  const uploads = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const upload = request({ host: "127.0.0.1", port: closing.port, method: "PUT", path, headers });
      upload.on("error", () => {});
      await new Promise((sent) => void upload.write("x".repeat(100_000), sent));
      return upload;
    }),
  );
  await expect.poll(() => readdir(join(folder, ".uploads"))).toHaveLength(20);
  await closing.close();
  expect(await readdir(join(folder, ".uploads"))).toEqual([]);
  for (const upload of uploads) upload.destroy();
  await rm(folder, { recursive: true });
});

test("objects written within the process can be read there, and by a client", async () => {
  const { size } = await server.putStream(
    "results",
    "r.csv",
    [Buffer.from("a,"), Buffer.from("b")],
    "text/csv",
  );
  expect(size).toBe(3);
  expect(await text(server.getStream("results", "r.csv"))).toBe("a,b");
  expect(await bucketOf(s3, "results").get("r.csv")).toMatchObject({ text: "a,b", ContentType: "text/csv" });
  expect(() => server.getStream("results", "absent")).toThrow("The specified key does not exist.");
});

describe("a failed write", () => {
  test("leaves nothing of a stream from within the process", async () => {
    await expect(server.putStream(bucket, "half", broken(), "text/plain")).rejects.toThrow("source failed");
    expect((await failure(get("half"))).code).toBe("NoSuchKey");
    expect(await readdir(join(directory, ".uploads"))).toEqual([]);
  });

  test("leaves nothing of a client that disconnects", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const headers = { authorization: "x", "content-length": "100000" };
    const path = `/${bucket}/half`;
    const upload = request({ host: "127.0.0.1", port: server.port, method: "PUT", path, headers });
    upload.on("error", () => resolve());
    upload.write("half", () => setTimeout(() => upload.destroy(new Error("gone")), 100));
    await promise;
    await expect.poll(() => readdir(join(directory, ".uploads"))).toEqual([]);
    expect((await failure(get("half"))).code).toBe("NoSuchKey");
  });
});

test("serves a read to its end while the object is overwritten and deleted", async () => {
  const old = "old".repeat(2_000_000);
  await put("overwritten", old);
  const reading = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "overwritten" }));
  await put("overwritten", "new");
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "overwritten" }));
  expect((await reading.Body?.transformToString()) === old).toBe(true);
});

test("memory does not grow with the size of an object", async () => {
  const chunk = Buffer.alloc(1024 * 1024, "m");
  const before = process.memoryUsage().rss;
  const size = 200 * chunk.length;
  await server.putStream(
    bucket,
    "large",
    Array.from({ length: 200 }, () => chunk),
    "text/plain",
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "large" }));
  if (!(Body instanceof Readable)) throw new Error("expected a stream");
  let received = 0;
  for await (const bytes of Body) received += Buffer.from(bytes).length;
  expect(received).toBe(size);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
});

test("a port in use is refused with EADDRINUSE, and the folder is left alone", async () => {
  const taken = startS3({ directory, port: server.port });
  await expect(taken).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect((await failure(get("absent"))).code).toBe("NoSuchKey");
});

test("a request without a signature is refused", async () => {
  const response = await fetch(`${server.url}/${bucket}/plain`);
  expect(response.status).toBe(403);
  expect(await response.text()).toContain("<Code>AccessDenied</Code>");
});

describe("operations that the functions do not need", () => {
  test.for([
    ["GET", "/", 501],
    ["GET", "/minutes?versioning", 501],
    ["GET", "/minutes/plain?versionId=1", 501],
    ["POST", "/minutes/plain?uploads", 501],
    ["POST", "/minutes?delete", 501],
    ["DELETE", "/minutes", 501],
    ["PATCH", "/minutes/plain", 405],
    ["GET", "/minutes/%ff", 400],
    ["GET", "/minutes?list-type=2&max-keys=-1", 400],
    ["GET", "/minutes?list-type=2&start-after=a", 501],
    ["GET", "/minutes?list-type=2&continuation-token=x", 400],
  ] as const)("are errors in S3's format: %s %s is %i", async ([method, path, status]) => {
    const response = await raw(method, path);
    expect(response).toMatchObject({ status, type: "application/xml" });
    expect(response.body).toMatch(/^<\?xml .*<Error><Code>\w+<\/Code>/s);
  });

  test.for([
    ["PUT", { "x-amz-copy-source": "/minutes/plain" }],
    ["PUT", { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" }],
    ["GET", { "if-modified-since": "Fri, 27 Nov 2026 00:00:00 GMT" }],
  ] as const)("are refused in headers too, rather than ignored: %s with %j", async ([method, headers]) => {
    expect(await raw(method, "/minutes/copy", { headers })).toMatchObject({ status: 501 });
  });

  test("are refused as a framing of the body: the functions send only buffers and strings", async () => {
    const headers = {
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "content-encoding": "aws-chunked",
    };
    const body = "5\r\nhello\r\n0\r\n\r\n";
    expect(await raw("PUT", "/minutes/framed", { headers, body })).toMatchObject({ status: 501 });
    expect((await failure(get("framed"))).code).toBe("NoSuchKey");
  });
});
