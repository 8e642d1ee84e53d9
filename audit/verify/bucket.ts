import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NoSuchKey,
  type S3Client,
} from "@aws-sdk/client-s3";

/** A version of a key, or the marker that hides its earlier ones. */
export interface KeyVersion {
  readonly key: string;
  readonly isDeleteMarker: boolean;
}

/** The bucket that is checked. It is only read. */
export interface AuditedBucket {
  /** Every version of every key, in the order of the keys. */
  readonly versions: () => AsyncIterable<KeyVersion>;
  /** The object's newest bytes; undefined if it is missing. */
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
}

/** A bucket of S3. The client retries transient failures. */
export function s3Bucket(client: S3Client, bucket: string): AuditedBucket {
  return {
    versions: async function* listed() {
      let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
      while (marker !== undefined) {
        const page: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, ...marker }),
        );
        for (const { Key: key = "" } of page.Versions ?? []) yield { key, isDeleteMarker: false };
        for (const { Key: key = "" } of page.DeleteMarkers ?? []) yield { key, isDeleteMarker: true };
        marker = nextMarker(page);
      }
    },
    get: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

function nextMarker(page: ListObjectVersionsCommandOutput) {
  if (page.IsTruncated !== true) return undefined;
  if (page.NextKeyMarker === undefined)
    throw new Error("The listing of versions is truncated but has no continuation marker.");
  return {
    KeyMarker: page.NextKeyMarker,
    ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
  };
}
