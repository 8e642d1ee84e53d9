import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const root = join(import.meta.dirname, "..");

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.optional(z.union([z.array(z.string()), z.string().transform((one) => [one])])),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
});

const template = z.object({ Resources: z.record(z.string(), resource) });

/** The parts of a CloudFormation template that its checks read. */
export type Template = z.infer<typeof template>;

/** The template's file in a folder that `packageTemplate` filled. */
export const templateFile = (folder: string) =>
  join(folder, ".serverless/cloudformation-template-update-stack.json");

/**
 * Packages the built functions as `osls package` does, and reads the template. Afterwards the folder's `.serverless`
 * contains the template and a zip for each function.
 *
 * osls works in a folder of its own that links to the service, because it empties `.serverless`, and the output of
 * `npm run package` should survive a check. It gets no AWS variable and an empty home, which proves that packaging
 * needs no account.
 *
 * @param folder the output folder, which is emptied
 * @param parameters deploy parameters that differ from their defaults
 * @param options further options, such as `--stage`
 * @throws Error with the output of osls if it fails
 */
export function packageTemplate(
  folder: string,
  parameters: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Template {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, "serverless.yml"), join(folder, "serverless.yml"));
  for (const part of ["infra", "dist"]) symlinkSync(join(root, part), join(folder, part));
  const given = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
  const osls = spawnSync(
    process.execPath,
    [join(root, "node_modules/osls/bin/serverless.js"), "package", ...given, ...options],
    { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder }, encoding: "utf8" },
  );
  if (osls.status !== 0) throw new Error(`osls package failed:\n${osls.stdout}${osls.stderr}`);
  return template.parse(JSON.parse(readFileSync(templateFile(folder), "utf8")));
}

/** The parameters without a default. */
export const REQUIRED_PARAMETERS: Readonly<Record<string, string>> = {
  jwtIssuer: "https://issuer.example.com",
  billFrom: "2026-01",
  lakeBucket: "telephony-lake",
  snapshotLockDays: "0",
};

/** A deployment with every optional parameter set, as a careful deployer would do. */
export const EVERY_PARAMETER: Readonly<Record<string, string>> = {
  ...REQUIRED_PARAMETERS,
  requiredScope: "reports/read",
  accountClaim: "account_id",
  grantsBucket: "platform-grants",
  grantsPrefix: "accounts",
  callerHashKey: "0123456789abcdef0123456789abcdef",
  allowedOrigins: "https://portal.example.com,https://portal.example.org",
  lakePrefix: "minutes/v1",
  lakeKmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/5e6c0000-0000-4000-8000-000000000002",
  scanBudgetBytes: "2000000000000",
  graceDays: "5",
  billFrom: "2026-03",
  lookBackMonths: "24",
  toleratedBrokenRecords: "10",
  billingScanCutoffBytes: "20000000000000",
  snapshotLockDays: "3650",
  auditorRoleArn: "arn:aws:iam::123456789012:role/finance/auditor",
  partnerExecutionsPerMinute: "120",
  partnerClaim: "partner_id",
  reservedConcurrency: "50",
  logRetentionDays: "365",
  portalClientId: "report-page",
  portalScope: "api://minutes/reports.read",
  portalAudienceParameter: "audience",
  portalConnectOrigins: "https://auth.example.com",
  portalDomain: "minutes.example.com",
  portalCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0b9c0000-0000-4000-8000-000000000001",
  alarmTopicArn: "arn:aws:sns:us-east-1:123456789012:on-call",
  billingTopicArn: "arn:aws:sns:us-east-1:123456789012:billing",
};
