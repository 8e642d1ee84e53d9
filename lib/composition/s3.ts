import { S3Client } from "@aws-sdk/client-s3";
import type { AwsAccess } from "../aws/access.ts";
import type { S3Environment } from "./environment.ts";

/** The S3 client has no retries: the stores retry. */
export function s3Client(environment: S3Environment, { credentials, requestHandler }: AwsAccess): S3Client {
  const { AWS_REGION: region, AWS_ENDPOINT_URL_S3: endpoint } = environment;
  return new S3Client({
    region,
    credentials,
    requestHandler,
    maxAttempts: 1,
    ...(endpoint && { endpoint, forcePathStyle: true }),
  });
}
