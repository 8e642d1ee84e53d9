import { join } from "node:path";
import { FUNCTIONS, type FunctionName } from "../infra/functions.ts";
import { type LocalFunction, localFunction } from "./lambda/function.ts";

export const WORKGROUP = "minutes-service";
export const DATABASE = "minutes";
export const SNAPSHOT_BUCKET = "billing-snapshots";

/**
 * The first month that the local stack bills: the sample lake's last full month, unless the environment names
 * another.
 */
export const BILL_FROM = process.env["BILL_FROM"] ?? "2026-04";

/** The lake's folder as a bucket, and the location of the rollup's state. */
export const LAKE_BUCKET = "lake";
export const ROLLUP_BUCKET = "usage-rollup";
/** Where the report function keeps answers. */
export const ANSWERS_BUCKET = "answers";
export const ROLLUP_VARIABLES = {
  LAKE_LOCATION: `s3://${LAKE_BUCKET}/`,
  ROLLUP_LOCATION: `s3://${ROLLUP_BUCKET}/`,
  ANSWERS_LOCATION: `s3://${ANSWERS_BUCKET}/`,
};

/** Where the grants of accounts are: `<account>.json`. */
export const GRANTS_BUCKET = "grants";

/** The claim of the local issuer's tokens that names an account. */
export const ACCOUNT_CLAIM = "account_id";

/** The table of the partners' budgets. */
export const BUDGET_TABLE = "partner-budgets";

/** What the functions run on. */
export interface Surroundings {
  /** The folder of the built functions, `dist/functions`. */
  readonly functions: string;
  /** Addresses of the local Athena and S3. */
  readonly athena: string;
  readonly s3: string;
  /** Receives the functions' log, one JSON object a line. */
  readonly log: (text: string) => void;
  /** Variables for the functions that add to or replace those of the stack. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Seconds; by default as deployed. */
  readonly timeout?: number | undefined;
  /** Instances at once; by default as the local Lambda has them. */
  readonly instances?: number | undefined;
}

/** Loads the built function as Lambda runs it, with the local Athena and S3. */
export function startFunction(name: FunctionName, surroundings: Surroundings): LocalFunction {
  const { functions, athena, s3, log, environment, timeout, instances } = surroundings;
  return localFunction({
    name,
    ...FUNCTIONS[name],
    ...(timeout !== undefined && { timeout }),
    concurrency: instances,
    bundle: join(functions, name, "index.mjs"),
    log,
    environment: {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_ATHENA: athena,
      AWS_ENDPOINT_URL_S3: s3,
      ATHENA_WORKGROUP: WORKGROUP,
      ATHENA_DATABASE: DATABASE,
      SNAPSHOT_BUCKET,
      ACCOUNT_CLAIM,
      GRANTS_LOCATION: `s3://${GRANTS_BUCKET}/`,
      BILL_FROM,
      CALLER_HASH_KEY: "not-a-secret-on-a-developers-machine",
      ...environment,
    },
  });
}
