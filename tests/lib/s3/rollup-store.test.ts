import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { parseS3Folder } from "../../../lib/s3/read-object.ts";
import { listLake, stateStore } from "../../../lib/s3/rollup-store.ts";

const client = new S3Client({
  region: "eu-central-1",
  credentials: { accessKeyId: "k", secretAccessKey: "s" },
});
const s3 = mockClient(client);
const LAKE = { bucket: "lake", key: "minutes/v1/" };

beforeEach(() => void s3.reset());

describe("a listing of the lake", () => {
  test("is every page of it, with keys below the lake's own prefix", async () => {
    s3.on(ListObjectsV2Command, { ContinuationToken: undefined }).resolves({
      Contents: [{ Key: "minutes/v1/call_usage/dt=2026-04-01/a", Size: 1, ETag: '"a"' }],
      IsTruncated: true,
      NextContinuationToken: "next",
    });
    s3.on(ListObjectsV2Command, { ContinuationToken: "next" }).resolves({
      Contents: [{ Key: "minutes/v1/call_usage/dt=2026-04-01/b", Size: 2, ETag: '"b"' }],
    });
    expect(await Array.fromAsync(listLake(client, LAKE, "call_usage/"))).toEqual([
      [{ key: "call_usage/dt=2026-04-01/a", size: 1, etag: '"a"' }],
      [{ key: "call_usage/dt=2026-04-01/b", size: 2, etag: '"b"' }],
    ]);
    expect(s3.commandCalls(ListObjectsV2Command)[0]?.args[0].input).toMatchObject({
      Bucket: "lake",
      Prefix: "minutes/v1/call_usage/",
    });
  });

  test.each([
    ["is refused", () => s3.on(ListObjectsV2Command).rejects(new Error("AccessDenied"))],
    ["lacks its rest", () => s3.on(ListObjectsV2Command).resolves({ Contents: [], IsTruncated: true })],
  ])("that %s is a failure, never a smaller lake", async (_, script) => {
    script();
    await expect(Array.fromAsync(listLake(client, LAKE, "call_usage/"))).rejects.toMatchObject({
      code: "internal_error",
    });
  });
});

describe("the state", () => {
  const state = stateStore(client, { bucket: "rollup", key: "coverage.json" });

  test.each([
    ["404", new NoSuchKey({ message: "", $metadata: { httpStatusCode: 404 } })],
    ["403, as to a caller that may not list the bucket", denied()],
  ])("is undefined if S3 answers %s", async (_, refusal) => {
    s3.on(GetObjectCommand).rejectsOnce(refusal);
    expect(await state.read()).toBeUndefined();
  });

  test("is a failure if S3 answers with any other error", async () => {
    s3.on(GetObjectCommand).rejects(new Error("socket hang up"));
    await expect(state.read()).rejects.toMatchObject({ code: "internal_error" });
  });

  test("that may not be written is a failure, even if it seemed to be missing when it was read", async () => {
    s3.on(PutObjectCommand).rejects(denied());
    await expect(state.write("{}", "nothing")).rejects.toMatchObject({ code: "internal_error" });
  });

  test("is written where it is read", async () => {
    s3.on(PutObjectCommand).resolves({});
    expect(await state.write("{}", "anything")).toBe(true);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
      Bucket: "rollup",
      Key: "coverage.json",
      Body: "{}",
    });
  });

  test.each([
    ["nothing", { IfNoneMatch: "*" }],
    [{ etag: '"a"' }, { IfMatch: '"a"' }],
  ] as const)("is written under the condition that it is %j", async (expected, condition) => {
    s3.on(PutObjectCommand).resolves({});
    await state.write("{}", expected);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject(condition);
  });

  test.each([404, 409, 412])("is not written where S3 answers %d to the condition", async (status) => {
    s3.on(PutObjectCommand).rejects(answeredWith(status));
    expect(await state.write("{}", { etag: '"a"' })).toBe(false);
    await expect(state.write("{}", "anything")).rejects.toMatchObject({ code: "internal_error" });
  });
});

const denied = () => answeredWith(403);

function answeredWith(httpStatusCode: number) {
  return new S3ServiceException({
    name: "Refusal",
    message: "",
    $fault: "client",
    $metadata: { httpStatusCode },
  });
}

test.each([
  ["s3://lake/", { bucket: "lake", key: "" }],
  ["s3://lake/minutes/v1/", { bucket: "lake", key: "minutes/v1/" }],
])("%s is a folder", (uri, folder) => {
  expect(parseS3Folder(uri)).toEqual(folder);
});

test.each(["s3://lake", "s3://lake/minutes", "s3:///x/", "https://lake/"])("%s is none", (uri) => {
  expect(() => parseS3Folder(uri)).toThrow(TypeError);
});
