import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import { type OpenObject, s3ObjectReader } from "../s3/read-object.ts";
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
  { config }: Client,
  requestHandler: NodeHttpHandler,
): OpenObject {
  return s3ObjectReader({
    region: environment.AWS_REGION,
    credentials: config.credentials,
    requestHandler,
    clockOffset: () => config.systemClockOffset,
    endpoint: environment.AWS_ENDPOINT_URL_S3,
  });
}
