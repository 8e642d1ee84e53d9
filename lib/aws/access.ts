import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AwsCredentialIdentityProvider } from "@smithy/types";
import type { ServerClock } from "./server-clock.ts";

/** How requests to AWS are signed and sent. All requests of a function share it. */
export interface AwsAccess {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  readonly clock: ServerClock;
}

/** Host name of a service, or of a bucket, in a region. @param name `dynamodb` */
export function regionalHost(name: string, region: string): string {
  return `${name}.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
}
