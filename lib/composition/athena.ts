import { AthenaClient } from "@aws-sdk/client-athena";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { OpenObject } from "../s3/read-object.ts";
import type { QueryEnvironment } from "./environment.ts";
import { objectReader } from "./object-reader.ts";

/** Athena and its results, as a function uses them. */
export interface Athena {
  readonly client: AthenaClient;
  /** Opens S3 objects with the same credentials and connections. */
  readonly openObject: OpenObject;
  /** Where queries run. */
  readonly settings: {
    readonly workgroup: string;
    readonly database: string;
    readonly catalog: string;
    readonly output: string | undefined;
  };
}

/** The Athena client has no retries: the querier retries within the request's deadline. */
export function athena(environment: QueryEnvironment, requestHandler: NodeHttpHandler): Athena {
  const { AWS_REGION: region, AWS_ENDPOINT_URL_ATHENA: endpoint } = environment;
  const client = new AthenaClient({ region, requestHandler, maxAttempts: 1, ...(endpoint && { endpoint }) });
  return {
    client,
    openObject: objectReader(environment, client, requestHandler),
    settings: {
      workgroup: environment.ATHENA_WORKGROUP,
      database: environment.ATHENA_DATABASE,
      catalog: environment.ATHENA_CATALOG,
      output: environment.ATHENA_OUTPUT,
    },
  };
}
