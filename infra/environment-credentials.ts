import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * Stands in the bundle for the SDK's default chain of credential providers: Lambda gives a function its role's
 * credentials in the environment, and nothing else is ever asked. Takes 135 KB off the bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function defaultProvider() {
  return fromEnv();
}
