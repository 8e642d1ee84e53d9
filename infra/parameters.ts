import * as z from "zod";
import { isMonth } from "../lib/billing/month.ts";
import { isDay } from "../lib/period.ts";

/** A parameter without a usable default. */
const required = (hint: string) => z.string().min(1, { error: `is required. ${hint}`, abort: true });

const optional = (pattern: RegExp, message: string) =>
  z.string().refine((text) => text === "" || pattern.test(text), message);

const topicArn = optional(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[\w.-]+$/,
  "the ARN of an SNS topic, or empty",
);

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[\w.=-]+\/)*[\w.=-]+\/?$/;

/** The prefix of a folder: empty, or with a slash at its end. */
const folder = (prefix: string) => (prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`);

const count = z.coerce.number().int().min(1).max(999_999);

/** Athena refuses a smaller value. */
const scanCutoff = z.coerce.number().int().min(10_000_000);

const list = (text: string) => (text === "" ? [] : text.split(",").map((element) => element.trim()));

/** `http` is for a portal on a developer's machine. A wildcard would open the API to every site. */
const isOrigin = (text: string) => {
  const url = URL.parse(text);
  return url?.origin === text && (url.protocol === "https:" || url.hostname === "localhost");
};

const isIssuer = (text: string) => {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.search === "" && url.hash === "";
};

/**
 * The valid values of the deploy parameters that serverless.yml documents. A value from the command line is text, one
 * from serverless.yml may be a number. Optional parameters are off if empty.
 */
const parameters = z
  .strictObject({
    jwtIssuer: required(
      'Give the URL of the issuer of the tokens: --param="jwtIssuer=https://…". It must answer when the stack is created.',
    ).refine(isIssuer, "an https URL without query or fragment"),
    jwtAudience: z
      .string()
      .transform(list)
      .pipe(z.array(z.string().min(1)).min(1)),
    requiredScope: optional(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "one OAuth scope, or empty"),
    resellerClaim: z.string().regex(/^[^\s,]+$/, "the name of one claim"),
    accountClaim: optional(/^[^\s,]+$/, "the name of one claim, or empty"),
    grantsBucket: optional(BUCKET, "the name of an S3 bucket, or empty"),
    grantsPrefix: optional(PREFIX, "a key prefix without a leading slash, or empty"),
    callerHashKey: optional(/^[\x21-\x7e]{32,}$/, "at least 32 characters without blanks, or empty"),
    allowedOrigins: z
      .string()
      .transform(list)
      .pipe(z.array(z.string().refine(isOrigin, "origins such as https://portal.example.com, or empty"))),
    throttlingRate: z.coerce.number().positive(),
    throttlingBurst: count,
    documentationRate: z.coerce.number().positive(),
    documentationBurst: count,
    lakeBucket: required('Give the name of the bucket that holds the lake: --param="lakeBucket=…".').regex(
      BUCKET,
      "the name of an S3 bucket",
    ),
    lakePrefix: optional(PREFIX, "a key prefix without a leading slash, or empty"),
    lakeKmsKeyArn: optional(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[\w-]+$/,
      "the ARN of a KMS key (not of an alias), or empty",
    ),
    earliestDate: z.string().refine(isDay, "a calendar day, YYYY-MM-DD"),
    maxRangeDays: count,
    freshnessSeconds: count,
    partnerExecutionsPerMinute: z.coerce.number().int().min(0).max(999_999),
    partnerClaim: optional(/^[^\s,]+$/, "the name of one claim, or empty"),
    scanCutoffBytes: scanCutoff,
    scanBudgetBytes: z.coerce.number().int().positive(),
    // The next month ends at least 28 days later, and the alarm rings two days after the grace.
    graceDays: z.coerce.number().int().min(0).max(25),
    lookBackMonths: z.coerce.number().int().min(1).max(120),
    billFrom: required('Give the first month that this service bills: --param="billFrom=YYYY-MM".').refine(
      isMonth,
      "a month, YYYY-MM",
    ),
    toleratedBrokenRecords: z.coerce.number().int().min(0).max(999_999),
    billingScanCutoffBytes: scanCutoff,
    // Ten years, not S3's maximum of a hundred, because a typing error could not be undone.
    snapshotLockDays: z.coerce
      .string()
      .pipe(
        required(
          'Give the days for which S3 refuses to delete a closed month, 0 for none: --param="snapshotLockDays=0". Nobody can shorten them later.',
        ),
      )
      .pipe(z.coerce.number<string>().int().min(0).max(3_650)),
    auditorRoleArn: optional(
      /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/,
      "the ARN of an IAM role (not of a user or a session), or empty",
    ),
    reservedConcurrency: z.coerce
      .string()
      .refine((text) => /^[0-9]*$/.test(text), "a whole number, or empty"),
    logRetentionDays: count,
    portalClientId: z.string().min(1, "the page's client id at the issuer"),
    portalScope: optional(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "one OAuth scope, or empty"),
    portalAudienceParameter: z.enum(["", "audience", "resource"]),
    portalConnectOrigins: z
      .string()
      .transform(list)
      .pipe(z.array(z.string().refine(isOrigin, "origins such as https://auth.example.com, or empty"))),
    portalDomain: optional(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, "a domain name, or empty"),
    portalCertificateArn: optional(
      /^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate\/[\w-]+$/,
      "the ARN of a certificate in us-east-1, where CloudFront looks for it, or empty",
    ),
    alarmTopicArn: topicArn,
    billingTopicArn: topicArn,
  })
  .refine(
    ({ portalDomain, portalCertificateArn }) => (portalDomain === "") === (portalCertificateArn === ""),
    {
      path: ["portalDomain"],
      message: "goes with portalCertificateArn: give both, or neither",
    },
  )
  .refine(({ accountClaim, grantsBucket }) => (accountClaim === "") === (grantsBucket === ""), {
    path: ["grantsBucket"],
    message: "goes with accountClaim: give both, or neither",
  })
  .refine(({ accountClaim, resellerClaim }) => accountClaim !== resellerClaim, {
    path: ["accountClaim"],
    message: "must be another claim than resellerClaim",
  });

/** The names that `--param` accepts. */
export const PARAMETER_NAMES: readonly string[] = Object.keys(parameters.shape);

/** Validated deploy parameters, in the form that the template needs. */
export type Parameters = ReturnType<typeof parseParameters>;

/**
 * Validates the deploy parameters, so that a mistake stops the packaging and not the first request.
 *
 * @throws Error that names every wrong parameter and its valid values
 */
export function parseParameters(given: Readonly<Record<string, unknown>>, stage: string) {
  const parsed = parameters.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`deploy parameters (serverless.yml, --param):\n  ${problems.join("\n  ")}`);
  }
  const { requiredScope, reservedConcurrency, alarmTopicArn, lakePrefix, snapshotLockDays, ...others } =
    parsed.data;
  const { portalClientId, portalScope, portalAudienceParameter, portalConnectOrigins, ...named } = others;
  const { portalDomain, portalCertificateArn, grantsBucket, grantsPrefix, ...rest } = named;
  return {
    ...rest,
    requiredScopes: requiredScope === "" ? [] : [requiredScope],
    // CloudFormation and osls read null as "not set".
    reservedConcurrency: reservedConcurrency === "" ? null : Number(reservedConcurrency),
    // A month that can be closed may be two more days late before the alarm rings.
    openDaysAlarm: rest.graceDays + 2,
    brokenRecordsAlarm: rest.toleratedBrokenRecords + 1,
    portal: {
      clientId: portalClientId,
      scopes: [portalScope === "" ? requiredScope : portalScope].filter((scope) => scope !== ""),
      audienceParameter: portalAudienceParameter,
      connectOrigins: portalConnectOrigins,
      ...address(portalDomain, portalCertificateArn),
    },
    snapshotLock: objectLock(snapshotLockDays),
    alarmActions: alarmTopicArn === "" ? [] : [alarmTopicArn],
    lakePrefix: folder(lakePrefix),
    // Bucket and prefix together, with a slash at the end.
    grantsLocation: grantsBucket === "" ? "" : `s3://${grantsBucket}/${folder(grantsPrefix)}`,
    // Glue keeps names in lower case, and a hyphen would need quotes in every manual statement.
    database: `minutes_${stage.toLowerCase().replaceAll("-", "_")}`,
  };
}

/**
 * The snapshot bucket's object lock in CloudFormation's terms. It uses compliance mode, not governance mode. The
 * bucket's policy already refuses what governance would refuse, and anyone who may change that policy could also bypass
 * governance. A lock is only useful if the account's own administrators cannot lift it.
 */
function objectLock(days: number) {
  const rule = { Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: days } } };
  return { ObjectLockEnabled: "Enabled", ...(days > 0 && rule) };
}

/** The domain name of the page: the given one, or one of CloudFront's own. */
function address(domain: string, certificateArn: string): { aliases: string[]; certificate: object } {
  if (domain === "") return { aliases: [], certificate: { CloudFrontDefaultCertificate: true } };
  const certificate = {
    AcmCertificateArn: certificateArn,
    MinimumProtocolVersion: "TLSv1.2_2021",
    SslSupportMethod: "sni-only",
  };
  return { aliases: [domain], certificate };
}
