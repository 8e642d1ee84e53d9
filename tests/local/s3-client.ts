import {
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

/**
 * The SDK's client for an endpoint, with the environment's credentials and region or, for the local S3,
 * any.
 */
export function s3Client(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: process.env["AWS_REGION"] ?? "us-east-1",
    credentials: {
      accessKeyId: process.env["AWS_ACCESS_KEY_ID"] ?? "local",
      secretAccessKey: process.env["AWS_SECRET_ACCESS_KEY"] ?? "local",
    },
    maxAttempts: 1,
  });
}

/** Shortcuts for one bucket. Each accepts the other members of the SDK's command. */
export function bucketOf(s3: S3Client, bucket: string) {
  const target = { Bucket: bucket };
  return {
    put: (key: string, body: PutBody, more: Partial<PutObjectCommandInput> = {}) =>
      s3.send(new PutObjectCommand({ ...target, Key: key, Body: body, ...more })),
    get: async (key: string, more: Partial<GetObjectCommandInput> = {}) => {
      const { Body, ...head } = await s3.send(new GetObjectCommand({ ...target, Key: key, ...more }));
      return { ...head, text: (await Body?.transformToString()) ?? "" };
    },
    list: async (more: Partial<ListObjectsV2CommandInput> = {}) => {
      const page = await s3.send(new ListObjectsV2Command({ ...target, ...more }));
      return {
        ...page,
        keys: (page.Contents ?? []).map((object) => object.Key),
        prefixes: (page.CommonPrefixes ?? []).map((prefix) => prefix.Prefix),
      };
    },
  };
}

type PutBody = NonNullable<PutObjectCommandInput["Body"]>;

/** The status and code of the S3 error that rejects the promise. @throws Error if it resolves */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ status: number | undefined; code: string }> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof S3ServiceException)) throw new Error("expected an S3 error", { cause: error });
  return { status: error.$metadata.httpStatusCode, code: error.name };
}
