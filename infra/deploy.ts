/** `npm run deploy`: deploys the stack with osls, then uploads the report page to its bucket. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import { portalFiles } from "./portal-files.ts";
import { portalConfig } from "./portal-template.ts";
import { uploadPortal } from "./portal-upload.ts";

const ROOT = join(import.meta.dirname, "..");

/** The parts of a deployment's state file that the upload needs: the stack and its parameters. */
const deployedState = z.object({
  service: z.object({
    service: z.string(),
    provider: z.object({ region: z.string(), stage: z.string() }),
    custom: z.object({
      parameters: z.object({
        jwtIssuer: z.string(),
        jwtAudience: z.array(z.string()),
        portal: z.object({
          clientId: z.string(),
          scopes: z.array(z.string()),
          audienceParameter: z.string(),
          connectOrigins: z.array(z.string()),
          aliases: z.array(z.string()),
        }),
      }),
    }),
  }),
});

/**
 * Returns the deployed stack and the configuration of its page. @param state the text of
 * `.serverless/serverless-state.json`
 */
export function deploymentOf(state: string) {
  const { service } = deployedState.parse(JSON.parse(state));
  const { region, stage } = service.provider;
  return { region, stack: `${service.service}-${stage}`, config: portalConfig(service.custom.parameters) };
}

async function deploy(args: readonly string[]): Promise<void> {
  const osls = join(ROOT, "node_modules", "osls", "bin", "serverless.js");
  const { status } = spawnSync(process.execPath, [osls, "deploy", ...args], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  const { region, stack, config } = deploymentOf(
    readFileSync(join(ROOT, ".serverless", "serverless-state.json"), "utf8"),
  );
  const cloudFormation = new CloudFormationClient({ region });
  const bucket = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName: stack, LogicalResourceId: "PortalBucket" }),
  );
  const name = bucket.StackResourceDetail?.PhysicalResourceId;
  if (name === undefined) throw new Error(`${stack} has no PortalBucket`);
  await uploadPortal(new S3Client({ region }), name, portalFiles(join(ROOT, "dist", "portal"), config));
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  console.log(
    `report page: ${outputs.find(({ OutputKey }) => OutputKey === "PortalUrl")?.OutputValue ?? name}`,
  );
}

if (import.meta.main) await deploy(process.argv.slice(2));
