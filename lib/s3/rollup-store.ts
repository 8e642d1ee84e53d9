import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { withRetries } from "../aws/retry.ts";
import { internalError } from "../errors.ts";
import type { LakeObject } from "../rollup/listing.ts";
import type { StateStore } from "../rollup/publication.ts";
import { listPages } from "./list-pages.ts";
import type { ObjectLocation } from "./signed-requests.ts";

const TRIES = 8;
const NEVER = new AbortController().signal;

/**
 * Yields the lake's objects below a prefix, a page at a time, in the order of their keys.
 *
 * @param lake the lake's bucket and the prefix of its folders
 * @throws ServiceError `internal_error` if a page cannot be read: a part of a listing is never taken for the whole
 */
export async function* listLake(
  client: S3Client,
  lake: ObjectLocation,
  below: string,
): AsyncGenerator<LakeObject[]> {
  const listing = { Bucket: lake.bucket, Prefix: `${lake.key}${below}` };
  for await (const page of listPages((command) => called(() => client.send(command)), listing)) {
    yield (page.Contents ?? []).map(({ Key = "", Size = 0, ETag = "" }) => ({
      key: Key.slice(lake.key.length),
      size: Size,
      etag: ETag,
    }));
  }
}

/** A state object in its bucket. */
export function stateStore(client: S3Client, { bucket: Bucket, key: Key }: ObjectLocation): StateStore {
  return {
    read: () =>
      called(async () => {
        try {
          const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket, Key }));
          const text = await Body?.transformToString();
          if (text === undefined || ETag === undefined)
            throw new TypeError("S3's answer has no body or no ETag");
          return { text, etag: ETag };
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    write: (text, expected) =>
      called(async () => {
        const condition = typeof expected === "object" ? { IfMatch: expected.etag } : NO_CONDITION[expected];
        try {
          const content = { Body: text, ContentType: "application/json", ...condition };
          await client.send(new PutObjectCommand({ Bucket, Key, ...content }));
          return true;
        } catch (error) {
          if (expected !== "anything" && isOther(error)) return false;
          throw error;
        }
      }),
  };
}

const NO_CONDITION = { anything: {}, nothing: { IfNoneMatch: "*" } };

/**
 * Whether the object may be missing. S3 answers 403, not 404, to a caller that may not list the bucket. A caller that
 * may not read the object learns that from the write that follows.
 */
function isMissing(error: unknown): boolean {
  return [403, 404].includes(statusOf(error));
}

/**
 * Whether the object is not what a conditional write expects: 412; 404 if it was deleted; 409 if another write of it is
 * under way. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
function isOther(error: unknown): boolean {
  return [404, 409, 412].includes(statusOf(error));
}

function statusOf(error: unknown): number {
  return (error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined) ?? 0;
}

async function called<T>(call: () => Promise<T>): Promise<T> {
  return withRetries(call, TRIES, NEVER).catch((error: unknown) => {
    throw internalError("S3 refused a call", error);
  });
}
