import type { AwsAccess } from "../aws/access.ts";
import { serverClock } from "../aws/server-clock.ts";
import { connections, type Waits } from "./connections.ts";
import { environmentCredentials } from "./credentials.ts";

/** How a function's requests to AWS are signed and sent. @param environment where the role's credentials are */
export function awsAccess(
  region: string,
  environment: Readonly<Record<string, string | undefined>>,
  waits: Waits,
): AwsAccess {
  const credentials = environmentCredentials(environment);
  return { region, credentials, requestHandler: connections(waits), clock: serverClock() };
}
