import { AthenaClient } from "@aws-sdk/client-athena";
import { type AthenaCalls, athenaCalls } from "../athena/calls.ts";
import type { AwsAccess } from "../aws/access.ts";
import type { OpenObject } from "../s3/read-object.ts";
import type { QueryEnvironment } from "./environment.ts";
import { objectReader } from "./object-reader.ts";

/** Athena and its results, as a function uses them. */
export interface Athena {
  /** One request for each call: the querier retries within the request's deadline. */
  readonly client: AthenaCalls;
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

/** Creates the client of Athena. */
export function athena(environment: QueryEnvironment, access: AwsAccess): Athena {
  const { region, credentials, requestHandler } = access;
  const endpoint = environment.AWS_ENDPOINT_URL_ATHENA;
  const connection = { region, credentials, requestHandler, ...(endpoint && { endpoint }) };
  return {
    client: athenaCalls(new AthenaClient({ ...connection, maxAttempts: 1 })),
    openObject: objectReader(environment, access),
    settings: {
      workgroup: environment.ATHENA_WORKGROUP,
      database: environment.ATHENA_DATABASE,
      catalog: environment.ATHENA_CATALOG,
      output: environment.ATHENA_OUTPUT,
    },
  };
}
