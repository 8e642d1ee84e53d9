import { writeSync } from "node:fs";
import * as z from "zod/mini";
import { isMonth } from "../billing/month.ts";
import { type Day, isDay } from "../period.ts";
import { textThat } from "../schema.ts";

/** An environment variable is missing or malformed; `message` is one line that names it. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const text = matching(/^\S(.*\S)?$/, "must not be blank or begin or end with a blank");
const url = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });
const s3Uri = matching(/^s3:\/\/[^/\s]+(\/\S*)?$/, "must be an s3:// location");
const wholeNumber = number(/^[0-9]{1,6}$/, "must be a whole number from 0 to 999999");
const count = number(/^[1-9][0-9]{0,5}$/, "must be a whole number from 1 to 999999");
const lookBack = number(/^(?:[1-9]|[1-9][0-9]|1[01][0-9]|120)$/, "must be a whole number from 1 to 120");
const folderUri = matching(/^s3:\/\/[^/\s]+\/(\S*\/)?$/, "must be an s3:// location that ends in a slash");
const day = textThat(isDay, "must be a day as YYYY-MM-DD");

/** Where S3 and Athena are and where queries run. The clients are made from it. */
export type S3Environment = z.output<z.ZodMiniObject<typeof s3Variables>>;
export type QueryEnvironment = z.output<z.ZodMiniObject<typeof queryVariables>>;

const s3Variables = { AWS_REGION: text, AWS_ENDPOINT_URL_S3: z.optional(url) };

const queryVariables = {
  ...s3Variables,
  AWS_ENDPOINT_URL_ATHENA: z.optional(url),
  ATHENA_WORKGROUP: text,
  ATHENA_DATABASE: text,
  ATHENA_CATALOG: z._default(text, "AwsDataCatalog"),
  ATHENA_OUTPUT: z.optional(s3Uri),
};

/** Which claims say whose figures a caller may see. */
export type CallerEnvironment = z.output<z.ZodMiniObject<typeof callerClaims>>;

const callerClaims = {
  RESELLER_CLAIM: z._default(text, "reseller_ids"),
  // Without these two every token lists its resellers itself.
  ACCOUNT_CLAIM: z.optional(text),
  GRANTS_LOCATION: z.optional(folderUri),
};

/** Accounts need both of their variables, and a claim of their own. */
const haveOwnClaim = z.check<CallerEnvironment>(({ value, issues }) => {
  const { RESELLER_CLAIM, ACCOUNT_CLAIM, GRANTS_LOCATION } = value;
  const refuse = (variable: string, message = "") =>
    issues.push({ code: "custom", path: [variable], message, input: value });
  if (ACCOUNT_CLAIM === RESELLER_CLAIM) refuse("ACCOUNT_CLAIM", "must not name the claim of RESELLER_CLAIM");
  if (ACCOUNT_CLAIM === undefined && GRANTS_LOCATION !== undefined) refuse("ACCOUNT_CLAIM");
  if (ACCOUNT_CLAIM !== undefined && GRANTS_LOCATION === undefined) refuse("GRANTS_LOCATION");
});

/** The key of the hash that names callers in the log. A short key could be guessed, and the callers' names with it. */
const CALLER_HASH_KEY = z.optional(matching(/^\S{32,}$/, "must be at least 32 characters without blanks"));
const EARLIEST_DATE = z._default(day, requiredDay("2020-01-01"));

/** Where snapshots are, and how many days after its end a month may be closed. */
const snapshots = { SNAPSHOT_BUCKET: text, GRACE_DAYS: z._default(wholeNumber, 3), EARLIEST_DATE };

/** The environment of the report function. Days are in UTC. */
export const reportVariables = z
  .object({
    ...callerClaims,
    ...queryVariables,
    CALLER_HASH_KEY,
    EARLIEST_DATE,
    MAX_RANGE_DAYS: z._default(count, 366),
    FRESHNESS_SECONDS: z._default(wholeNumber, 60),
    // Without the table, or with 0, partners start as many executions as they like.
    BUDGET_TABLE: z.optional(text),
    PARTNER_EXECUTIONS_PER_MINUTE: z._default(wholeNumber, 60),
    PARTNER_CLAIM: z.optional(text),
    AWS_ENDPOINT_URL_DYNAMODB: z.optional(url),
    // Without these two, every day is read from its calls.
    LAKE_LOCATION: z.optional(folderUri),
    ROLLUP_LOCATION: z.optional(folderUri),
    // Without it, no answer is stored or has an entity tag. It needs the two above.
    ANSWERS_LOCATION: z.optional(folderUri),
  })
  .check(haveOwnClaim);

export type ReportEnvironment = z.output<typeof reportVariables>;

/** The environment of the function that rolls up days. */
export const rollupVariables = z.object({
  ...queryVariables,
  EARLIEST_DATE,
  LAKE_LOCATION: folderUri,
  ROLLUP_LOCATION: folderUri,
});

/** The environment of the function that closes and bills months. */
export const snapshotVariables = z.object({
  ...queryVariables,
  ...snapshots,
  /** The first month that this service bills. It has no default: a wrong one would bill months twice or never. */
  BILL_FROM: textThat(isMonth, "must be a month as YYYY-MM"),
  /** How many months back closed months are checked for corrections. */
  LOOK_BACK_MONTHS: z._default(lookBack, 12),
  // Without it, every closed month in that range is queried every day.
  LAKE_LOCATION: z.optional(folderUri),
  /** How many unaccepted findings a month may have. A finding is a record that breaks the contract of the lake. */
  TOLERATED_BROKEN_RECORDS: z._default(wholeNumber, 0),
});

/** The environment of the function that shows closed months. */
export const snapshotsApiVariables = z
  .object({
    ...callerClaims,
    ...s3Variables,
    ...snapshots,
    CALLER_HASH_KEY,
  })
  .check(haveOwnClaim);

/**
 * Reads the variables that a function needs; an empty variable counts as missing.
 *
 * @throws ConfigurationError that names the first variable that is missing or malformed
 */
export function readEnvironment<Schema extends z.ZodMiniObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const { data, error } = schema.safeParse(present);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const variable = String(issue?.path[0]);
  const complaint = present[variable] === undefined ? "is missing" : issue?.message;
  throw new ConfigurationError(`Environment variable ${variable} ${complaint}.`);
}

/** Reads the environment when a function starts. If it is not valid, logs one line and does not run. */
export function environmentOrExit<Schema extends z.ZodMiniObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  try {
    return readEnvironment(schema, environment);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    writeSync(process.stderr.fd, `${JSON.stringify({ level: "fatal", message })}\n`);
    return process.exit(1);
  }
}

function matching(pattern: RegExp, message: string) {
  return z.string().check(z.regex(pattern, message));
}

function number(pattern: RegExp, message: string) {
  return z.pipe(matching(pattern, message), z.transform(Number));
}

function requiredDay(value: string): Day {
  if (!isDay(value)) throw new TypeError(`${value} is not a day`);
  return value;
}
