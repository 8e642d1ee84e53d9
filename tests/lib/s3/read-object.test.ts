import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPassing } from "../../../lib/aws/retry.ts";
import { parseS3Uri, S3Error } from "../../../lib/s3/read-object.ts";
import { collect } from "../valid.ts";
import { CLOCK_OFFSET, lostAfter, rest, type ScriptedS3, scriptedS3, status, whole } from "./scripted-s3.ts";

const OBJECT = Buffer.from("0123456789".repeat(20_000));
const LOCATION = { bucket: "results", key: "queries/execution-1.csv" };
const NEVER = new AbortController().signal;

/** Opens the object and reads it to its end. */
async function read({ open }: ScriptedS3, signal = NEVER): Promise<Buffer | undefined> {
  const object = await open(LOCATION, signal);
  return object && Buffer.concat(await collect(object));
}

describe("an object", () => {
  test("is read in one signed GET, and its bytes are yielded as they arrive", async () => {
    await using s3 = await scriptedS3(whole(OBJECT));
    expect(OBJECT.equals((await read(s3)) ?? Buffer.alloc(0))).toBe(true);
    expect(s3.received).toHaveLength(1);
    expect(s3.received[0]).toMatchObject({
      method: "GET",
      path: "/results/queries/execution-1.csv",
      headers: {
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=key\/.*\/eu-central-1\/s3\/aws4_request/,
        ),
        "x-amz-security-token": "session",
        "x-amz-date": expect.any(String),
      },
    });
  });

  test("is requested with S3's time if this machine's clock is known to be behind", async () => {
    await using s3 = await scriptedS3(whole(OBJECT));
    const before = Date.now();
    await s3.open(LOCATION, NEVER);
    const signed = String(s3.received[0]?.headers["x-amz-date"]);
    const signedAt = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
    // The date has whole seconds.
    expect(signedAt).toBeGreaterThan(before + CLOCK_OFFSET - 1_000);
    expect(signedAt).toBeLessThanOrEqual(Date.now() + CLOCK_OFFSET);
  });

  test("may be empty", async () => {
    await using s3 = await scriptedS3(whole(Buffer.alloc(0)));
    expect(await read(s3)).toEqual(Buffer.alloc(0));
  });

  test("may be sent in chunks, without a length", async () => {
    await using s3 = await scriptedS3((response) => {
      response.writeHead(200, { etag: '"v1"' });
      response.write(OBJECT.subarray(0, 1_000));
      response.end(OBJECT.subarray(1_000));
    });
    expect((await read(s3))?.equals(OBJECT)).toBe(true);
  });

  test("that is missing is undefined", async () => {
    await using s3 = await scriptedS3(status(404));
    expect(await s3.open(LOCATION, NEVER)).toBeUndefined();
  });

  test("that may not be read is an error that says so", async () => {
    await using s3 = await scriptedS3(status(403));
    await expect(s3.open(LOCATION, NEVER)).rejects.toMatchObject({ name: "S3Error", isDenial: true });
  });

  test.each([
    [301, false],
    [400, false],
    [403, false],
    [416, false],
    [500, true],
    [503, true],
  ])("that S3 answers with %d is an error, which is transient: %s", async (code, passes) => {
    await using s3 = await scriptedS3(status(code));
    const error: unknown = await s3.open(LOCATION, NEVER).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(S3Error);
    expect(isPassing(error)).toBe(passes);
  });

  test("has its key percent-encoded, except slashes", async () => {
    await using s3 = await scriptedS3(whole(OBJECT));
    await s3.open({ bucket: "results", key: "a b/ü+(1)'*!~/x=y&z.csv" }, NEVER);
    expect(s3.received[0]?.path).toBe("/results/a%20b/%C3%BC%2B%281%29%27%2A%21~/x%3Dy%26z.csv");
  });
});

describe("a stream that breaks off", () => {
  test("continues at the byte where it broke off, with the same ETag", async () => {
    await using s3 = await scriptedS3(lostAfter(OBJECT, { sent: 70_000 }), rest(OBJECT, 70_000));
    expect((await read(s3))?.equals(OBJECT)).toBe(true);
    expect(s3.received[1]?.headers).toMatchObject({ range: "bytes=70000-", "if-match": '"v1"' });
  });

  test("may break off three times", async () => {
    await using s3 = await scriptedS3(
      lostAfter(OBJECT, { sent: 10 }),
      lostAfter(OBJECT, { sent: 90, from: 10 }),
      lostAfter(OBJECT, { sent: 900, from: 100 }),
      rest(OBJECT, 1_000),
    );
    expect((await read(s3))?.equals(OBJECT)).toBe(true);
    expect(s3.received.slice(1).map(({ headers }) => headers.range)).toEqual([
      "bytes=10-",
      "bytes=100-",
      "bytes=1000-",
    ]);
  });

  test("is an error if it breaks off a fourth time", async () => {
    const lost = Array.from({ length: 4 }, (_, index) =>
      lostAfter(OBJECT, { sent: 10, ...(index > 0 && { from: index * 10 }) }),
    );
    await using s3 = await scriptedS3(...lost, rest(OBJECT, 40));
    await expect(read(s3)).rejects.toThrow(Error);
    expect(s3.received).toHaveLength(4);
  });

  test("of an object that has changed is an error, never two halves of two objects", async () => {
    await using s3 = await scriptedS3(lostAfter(OBJECT, { sent: 10 }), status(412));
    await expect(read(s3)).rejects.toThrow(new S3Error(412));
  });

  test("of an object that is answered from its beginning is an error", async () => {
    await using s3 = await scriptedS3(lostAfter(OBJECT, { sent: 10 }), whole(OBJECT));
    await expect(read(s3)).rejects.toThrow(new S3Error(200));
  });

  test("of an object without an ETag is an error, because nothing shows whether it is unchanged", async () => {
    await using s3 = await scriptedS3(lostAfter(OBJECT, { sent: 10, etag: "" }), rest(OBJECT, 10));
    await expect(read(s3)).rejects.toThrow("ETag");
    expect(s3.received).toHaveLength(1);
  });

  test("that is too short is an error", async () => {
    const short = lostAfter(OBJECT, { sent: 10 });
    const tooShort = rest(OBJECT.subarray(0, 5_000), 10);
    await using s3 = await scriptedS3(short, tooShort, status(416));
    await expect(read(s3)).rejects.toThrow(S3Error);
    expect(s3.received[2]?.headers.range).toBe("bytes=5000-");
  });

  test("with more bytes than announced is an error", async () => {
    const more = Buffer.concat([OBJECT, Buffer.from("more")]);
    await using s3 = await scriptedS3(lostAfter(OBJECT, { sent: 10 }), rest(more, 10));
    await expect(read(s3)).rejects.toThrow(RangeError);
  });

  test("is complete or an error, wherever it breaks off", async () => {
    const object = OBJECT.subarray(0, 500);
    await fc.assert(
      fc.asyncProperty(fc.nat(499), fc.nat(499), async (first, second) => {
        const from = Math.max(1, Math.min(first, second));
        const until = Math.max(first, second) + 1;
        await using s3 = await scriptedS3(
          lostAfter(object, { sent: from }),
          lostAfter(object, { sent: until - from, from }),
          rest(object, until),
        );
        expect(((await read(s3)) ?? Buffer.alloc(0)).toString()).toBe(object.toString());
      }),
      { numRuns: 25 },
    );
  });
});

describe("a request that is over", () => {
  test("opens nothing more", async () => {
    await using s3 = await scriptedS3(whole(OBJECT));
    await expect(s3.open(LOCATION, AbortSignal.abort())).rejects.toThrow(/abort/i);
    expect(s3.received).toEqual([]);
  });

  test("does not wait for an answer that does not come", async () => {
    await using s3 = await scriptedS3(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await expect(s3.open(LOCATION, controller.signal)).rejects.toThrow(/abort/i);
  });

  test("does not wait for bytes that do not come, and does not resume", async () => {
    await using s3 = await scriptedS3((response) => {
      response.writeHead(200, { "content-length": OBJECT.length, etag: '"v1"' });
      response.write(OBJECT.subarray(0, 10));
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    await expect(read(s3, controller.signal)).rejects.toThrow(/abort/i);
    expect(s3.received).toHaveLength(1);
  });
});

describe("an s3:// location", () => {
  test("has a bucket and a key, which may contain any characters", () => {
    expect(parseS3Uri("s3://results/a/b c/ü\n.csv")).toEqual({ bucket: "results", key: "a/b c/ü\n.csv" });
  });

  test.each([
    "",
    "s3://",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "https://bucket/key",
    "xs3://bucket/key",
  ])("is not %j", (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(TypeError);
  });
});
