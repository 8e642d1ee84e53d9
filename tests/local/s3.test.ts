import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startS3 } from "../../local/s3/server.ts";
import { bucketOf, failure, s3Client } from "./s3-client.ts";

/**
 * What the functions rely on S3 for. With `S3_ENDPOINT` set, the tests use that server instead of the local one, with
 * credentials and region from the SDK's variables; `npm run test:s3` does that.
 */
const { url, close } = await serverUnderTest(process.env["S3_ENDPOINT"]);
const s3 = s3Client(url);
const bucket = `minutes-${randomUUID()}`;
const { put, get, list } = bucketOf(s3, bucket);

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(async () => {
  s3.destroy();
  await close();
});

async function serverUnderTest(endpoint: string | undefined) {
  if (endpoint !== undefined) return { url: endpoint, close: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), "s3-"));
  const server = await startS3({ directory, port: 0 });
  const stop = async () => {
    await server.close();
    await rm(directory, { recursive: true });
  };
  return { url: server.url, close: stop };
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

describe("conditional writes", () => {
  // A server that checks first and then writes lets two succeed only now and then: one race would not show it.
  test.for(Array.from({ length: 20 }, (_, race) => race + 1))(
    "let exactly one of 50 writers with If-None-Match write, and its bytes stay: race %i",
    async () => {
      const key = `race/${randomUUID()}`;
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async (_, writer) => {
          const body = `writer ${writer} `.repeat(1000);
          const written = put(key, body, { IfNoneMatch: "*" });
          return written.then(
            () => ({ body }),
            async () => failure(written),
          );
        }),
      );
      const winners = outcomes.flatMap((outcome) => ("body" in outcome ? [outcome.body] : []));
      const losers = outcomes.flatMap((outcome) => ("code" in outcome ? [outcome] : []));
      expect(winners).toHaveLength(1);
      expect(losers).toHaveLength(49);
      expect(new Set(losers.map(({ status, code }) => `${status} ${code}`))).toEqual(
        new Set(["412 PreconditionFailed"]),
      );
      expect((await get(key)).text).toBe(winners[0]);
    },
  );

  test("If-None-Match is refused for an existing object, and changes nothing of it", async () => {
    const key = `once/${randomUUID()}`;
    await put(key, "first", { IfNoneMatch: "*", ContentType: "text/plain", Metadata: { by: "first" } });
    const { $metadata: _, ...before } = await get(key);
    const refused = put(key, "second", {
      IfNoneMatch: "*",
      ContentType: "text/csv",
      Metadata: { by: "second" },
    });
    expect(await failure(refused)).toEqual({ status: 412, code: "PreconditionFailed" });
    expect(await failure(put(key, "first", { IfNoneMatch: "*" }))).toMatchObject({ status: 412 });
    expect(await get(key)).toMatchObject(before);
    expect(before).toMatchObject({ text: "first", Metadata: { by: "first" } });
  });

  test("If-Match replaces the object that was read, and no other", async () => {
    const key = `replace/${randomUUID()}`;
    const { ETag: first } = await put(key, "one");
    await put(key, "two", { IfMatch: first });
    expect(await failure(put(key, "three", { IfMatch: first }))).toEqual({
      status: 412,
      code: "PreconditionFailed",
    });
    expect((await get(key)).text).toBe("two");
    expect(await failure(put(`${key}-absent`, "x", { IfMatch: first }))).toEqual({
      status: 404,
      code: "NoSuchKey",
    });
  });

  test("without a condition the last write wins", async () => {
    await put("plain", "one");
    await put("plain", "two");
    expect((await get("plain")).text).toBe("two");
  });
});

describe("objects", () => {
  test("are read back as they were written, at once, with their headers and metadata", async () => {
    await put("described", "körper", {
      ContentType: "application/json",
      ContentEncoding: "identity",
      CacheControl: "no-store",
      ContentDisposition: 'attachment; filename="a.json"',
      ContentLanguage: "de",
      Metadata: { sha256: "abc", "with-dash": "two words" },
    });
    const object = await get("described");
    expect(object.text).toBe("körper");
    expect(object).toMatchObject({
      ContentType: "application/json",
      ContentEncoding: "identity",
      CacheControl: "no-store",
      ContentDisposition: 'attachment; filename="a.json"',
      ContentLanguage: "de",
      ContentLength: 7,
      ETag: `"${md5("körper")}"`,
      Metadata: { sha256: "abc", "with-dash": "two words" },
    });
    expect(Math.abs((object.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "described" }));
    expect(head).toMatchObject({ ContentLength: 7, ETag: object.ETag, Metadata: object.Metadata });
  });

  test("are read and listed by another client as soon as they are written, replaced or deleted", async () => {
    const reader = s3Client(url);
    const { get: read, list: listed } = bucketOf(reader, bucket);
    for (let i = 0; i < 25; i++) {
      const key = `visible/${i}`;
      for (const body of ["one", "three"]) {
        const { ETag } = await put(key, body);
        expect((await listed({ Prefix: key })).Contents).toMatchObject([
          { Key: key, Size: body.length, ETag },
        ]);
        expect(await read(key)).toMatchObject({ text: body, ETag });
      }
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      expect((await listed({ Prefix: key })).keys).toEqual([]);
      expect((await failure(read(key))).code).toBe("NoSuchKey");
    }
    reader.destroy();
  });

  test.for(["absent", "folder", "folder/", "folder/kept/below"])(
    "that were never written, such as %s, are NoSuchKey",
    async (key) => {
      await put("folder/kept", "x");
      expect(await failure(get(key))).toEqual({ status: 404, code: "NoSuchKey" });
    },
  );

  test("may be empty", async () => {
    await put("empty", new Uint8Array());
    expect(await get("empty")).toMatchObject({ text: "", ContentLength: 0 });
  });

  test("a body that does not match its checksum is refused, and the key is unchanged", async () => {
    const bad = { ChecksumCRC32: "AAAAAA==" };
    expect((await failure(put("damaged", "body", { ...bad, IfNoneMatch: "*" }))).status).toBe(400);
    expect((await failure(get("damaged"))).code).toBe("NoSuchKey");
    expect((await list({ Prefix: "damaged" })).keys).toEqual([]);

    await put("damaged", "body", { IfNoneMatch: "*" });
    expect((await failure(put("damaged", "other", bad))).status).toBe(400);
    expect(await get("damaged", { ChecksumMode: "ENABLED" })).toMatchObject({
      text: "body",
      ChecksumCRC32: expect.any(String),
    });
  });

  test("are gone after their deletion, and deleting a missing object succeeds", async () => {
    await put("deleted", "x");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "deleted" }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "deleted" }));
    expect(await failure(get("deleted"))).toEqual({ status: 404, code: "NoSuchKey" });
    const head = s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "deleted" }));
    expect(await failure(head)).toEqual({ status: 404, code: "NotFound" });
  });
});

describe("ranges and conditions of a read", () => {
  const text = "0123456789";
  let etag: string | undefined;
  beforeAll(async () => {
    etag = (await put("digits", text)).ETag;
  });

  test.for([
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=3-5", "345", "bytes 3-5/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
    ["bytes=-4", "6789", "bytes 6-9/10"],
    ["bytes=-99", text, "bytes 0-9/10"],
  ] as const)("%s gives %s", async ([range, expected, contentRange]) => {
    const part = await get("digits", { Range: range });
    expect(part).toMatchObject({ text: expected, ContentRange: contentRange, ETag: etag });
    expect(part.$metadata.httpStatusCode).toBe(206);
  });

  test.for(["bytes=10-", "bytes=10-12", "bytes=-0"])("%s contains no byte: 416", async (range) => {
    expect(await failure(get("digits", { Range: range }))).toEqual({ status: 416, code: "InvalidRange" });
  });

  test("a malformed range is ignored", async () => {
    expect((await get("digits", { Range: "bytes=5-2" })).text).toBe(text);
  });

  test("If-None-Match answers 304 while the object is unchanged", async () => {
    expect((await failure(get("digits", { IfNoneMatch: etag }))).status).toBe(304);
    expect((await get("digits", { IfNoneMatch: '"other"' })).text).toBe(text);
  });

  test("If-Match answers 412 if the object has changed", async () => {
    expect((await get("digits", { IfMatch: etag })).text).toBe(text);
    expect((await failure(get("digits", { IfMatch: '"other"' }))).status).toBe(412);
  });
});

describe("listings", () => {
  const keys = [
    "list/",
    "list/a b",
    "list/a&<>'\"+%2F",
    "list/a-b",
    "list/a/1",
    "list/a/2",
    "list/a/b/3",
    "list/b",
    "list/z/1",
    "list/\u00e9",
    "list/\uff5e",
    "list/\u{1f600}",
  ];
  beforeAll(async () => {
    for (const key of keys.toReversed()) {
      if (key !== "list/") await put(key, key);
    }
  });
  const objects = keys.slice(1);

  test("are in the order of the keys' UTF-8 bytes", async () => {
    expect((await list({ Prefix: "list/" })).keys).toEqual(objects);
  });

  test("contain size, entity tag and time of each object", async () => {
    const { Contents } = await list({ Prefix: "list/b" });
    expect(Contents).toMatchObject([
      { Key: "list/b", Size: 6, ETag: `"${md5("list/b")}"`, StorageClass: "STANDARD" },
    ]);
  });

  test.for([1, 2, 3, 1000])("return every key once, in pages of %i", async (pageSize) => {
    const seen: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await list({ Prefix: "list/", MaxKeys: pageSize, ContinuationToken: token });
      expect(page.KeyCount).toBe(page.keys.length);
      expect(page.keys.length).toBeLessThanOrEqual(pageSize);
      seen.push(...page.keys);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(seen).toEqual(objects);
  });

  test.for([1, 2, 1000])("group keys up to the delimiter, in pages of %i", async (pageSize) => {
    const seenKeys: (string | undefined)[] = [];
    const seenPrefixes: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await list({
        Prefix: "list/",
        Delimiter: "/",
        MaxKeys: pageSize,
        ContinuationToken: token,
      });
      seenKeys.push(...page.keys);
      seenPrefixes.push(...page.prefixes);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(seenPrefixes).toEqual(["list/a/", "list/z/"]);
    expect(seenKeys).toEqual(objects.filter((key) => !/^list\/[az]\//.test(key)));
  });

  test("are empty without keys, and a page of 0 keys is the last", async () => {
    expect(await list({ Prefix: "nothing/" })).toMatchObject({ keys: [], KeyCount: 0, IsTruncated: false });
    expect(await list({ Prefix: "list/", MaxKeys: 0 })).toMatchObject({ keys: [], IsTruncated: false });
  });
});

describe("listings of more than 1,000 entries", () => {
  const organizations = Array.from({ length: 1050 }, (_, i) => `${i + 1000}`);
  const records = organizations.map((organization) => `paged/by-id/${organization}/record`);
  const others = ["paged/by-id/0-index", "paged/by-id/9-index", "paged/by-id-not/1000/record", "paged/index"];
  beforeAll(async () => {
    const left = [...records, ...others];
    const write = async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) await put(key, key);
    };
    await Promise.all(Array.from({ length: 20 }, write));
  });

  /** All pages of a listing, following the token. */
  async function pages(more: Parameters<typeof list>[0]) {
    const seen: Awaited<ReturnType<typeof list>>[] = [];
    let token: string | undefined;
    do {
      const page = await list({ ...more, ContinuationToken: token });
      expect(page.KeyCount).toBe(page.keys.length + page.prefixes.length);
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
      seen.push(page);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return seen;
  }

  test("come in pages of 1,000 keys", async () => {
    const seen = await pages({ Prefix: "paged/by-id/" });
    expect(seen.map((page) => page.KeyCount)).toEqual([1000, 52]);
    expect(seen.flatMap((page) => page.keys)).toEqual([others[0], ...records, others[1]]);
    expect(seen.flatMap((page) => page.prefixes)).toEqual([]);
  });

  test("come in pages of 1,000 common prefixes and keys together", async () => {
    const seen = await pages({ Prefix: "paged/by-id/", Delimiter: "/" });
    expect(seen.map((page) => page.KeyCount)).toEqual([1000, 52]);
    expect(seen.flatMap((page) => page.keys)).toEqual(others.slice(0, 2));
    expect(seen.flatMap((page) => page.prefixes)).toEqual(
      organizations.map((organization) => `paged/by-id/${organization}/`),
    );
  });

  test("count a common prefix once, however many keys it has", async () => {
    const seen = await pages({ Prefix: "paged/", Delimiter: "/" });
    expect(seen.map((page) => [page.keys, page.prefixes])).toEqual([
      [["paged/index"], ["paged/by-id-not/", "paged/by-id/"]],
    ]);
  });
});

test("a bucket that does not exist is an error for every operation", async () => {
  const Bucket = `absent-${randomUUID()}`;
  expect((await failure(get("x", { Bucket }))).code).toBe("NoSuchBucket");
  expect((await failure(put("x", "x", { Bucket }))).code).toBe("NoSuchBucket");
  expect((await failure(list({ Bucket }))).code).toBe("NoSuchBucket");
  expect((await failure(s3.send(new HeadBucketCommand({ Bucket })))).status).toBe(404);
  await s3.send(new HeadBucketCommand({ Bucket: bucket }));
});
