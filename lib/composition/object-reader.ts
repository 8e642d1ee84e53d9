import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import { type OpenObject, objectReaderOver } from "../s3/read-object.ts";
import { type SendToS3, signedRequests } from "../s3/signed-requests.ts";
import type { S3Environment } from "./environment.ts";

/** What an AWS client knows that a request of our own needs too. */
interface Client {
  readonly config: {
    readonly credentials: AwsCredentialIdentityProvider;
    readonly systemClockOffset: number;
  };
}

/** Opens objects of S3 with a client's credentials and connections. */
export function objectReader(
  environment: S3Environment,
  client: Client,
  requestHandler: NodeHttpHandler,
): OpenObject {
  return objectReaderOver(requestsToS3(environment, client, requestHandler));
}

/** Sends requests to S3 with a client's credentials and connections. */
export function requestsToS3(
  environment: S3Environment,
  { config }: Client,
  requestHandler: NodeHttpHandler,
): SendToS3 {
  return signedRequests({
    region: environment.AWS_REGION,
    credentials: config.credentials,
    requestHandler,
    clockOffset: () => config.systemClockOffset,
    endpoint: environment.AWS_ENDPOINT_URL_S3,
  });
}
