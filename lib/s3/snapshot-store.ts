import {
  GetObjectCommand,
  type ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { isPassing, withRetries } from "../aws/retry.ts";
import type { SnapshotStore } from "../billing/snapshots.ts";
import { internalError, ServiceError } from "../errors.ts";
import { listPages } from "./list-pages.ts";

const TRIES = 8;
const NEVER = new AbortController().signal;

/**
 * Stores snapshots in a bucket. Every write is conditional: S3 creates the object or says that it exists, even with
 * concurrent writers.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 *
 * @param client without retries of its own: this store also retries an object whose body breaks off
 */
export function snapshotStore(client: S3Client, bucket: string): SnapshotStore {
  const Bucket = bucket;

  async function listPage(command: ListObjectsV2Command): Promise<ListObjectsV2CommandOutput> {
    return withRetries(() => client.send(command), TRIES, NEVER).catch((error: unknown) => {
      throw toServiceError(error);
    });
  }

  return {
    list: async (prefix) => {
      const segments: string[] = [];
      for await (const page of listPages(listPage, { Bucket, Prefix: prefix, Delimiter: "/" })) {
        for (const { Prefix = "" } of page.CommonPrefixes ?? []) segments.push(Prefix.slice(prefix.length));
      }
      return segments;
    },

    keys: async (prefix) => {
      const keys: string[] = [];
      for await (const page of listPages(listPage, { Bucket, Prefix: prefix })) {
        for (const { Key = "" } of page.Contents ?? []) keys.push(Key);
      }
      return keys;
    },

    get: async (key) => {
      const read = async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
        return Body?.transformToByteArray();
      };
      try {
        return await withRetries(read, TRIES, NEVER);
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw toServiceError(error);
      }
    },

    create: async (key, bytes) => {
      const ContentType = "application/json";
      const command = new PutObjectCommand({ Bucket, Key: key, Body: bytes, ContentType, IfNoneMatch: "*" });
      try {
        await withRetries(() => client.send(command), TRIES, NEVER, isPassingOrConflict);
        return "created";
      } catch (error) {
        if (statusOf(error) === 412) return "exists";
        throw toServiceError(error);
      }
    },
  };
}

/** A transient failure is retried by the caller; everything else is an internal error. */
function toServiceError(error: unknown): ServiceError {
  if (!isPassingOrConflict(error)) return internalError("S3 refused a call", error);
  const headers = { "retry-after": "5" };
  return new ServiceError(
    "engine_unavailable",
    "The snapshots cannot be reached now. Try again in 5 seconds.",
    {
      headers,
      cause: error,
    },
  );
}

/** 409: another conditional write of the key was in progress, and neither has been decided. */
function isPassingOrConflict(error: unknown): boolean {
  return isPassing(error) || statusOf(error) === 409;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
