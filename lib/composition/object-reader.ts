import type { AwsAccess } from "../aws/access.ts";
import { type OpenObject, objectReaderOver } from "../s3/read-object.ts";
import { type SendToS3, signedRequests } from "../s3/signed-requests.ts";
import type { S3Environment } from "./environment.ts";

/** Opens objects of S3. */
export function objectReader(environment: S3Environment, access: AwsAccess): OpenObject {
  return objectReaderOver(requestsToS3(environment, access));
}

/** Sends requests to S3. */
export function requestsToS3({ AWS_ENDPOINT_URL_S3: endpoint }: S3Environment, access: AwsAccess): SendToS3 {
  return signedRequests({ ...access, endpoint });
}
