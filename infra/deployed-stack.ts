/** A deployed stack: its name and its resources. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
} from "@aws-sdk/client-cloudformation";
import * as z from "zod";

const SERVICE = /^service: (\S+)$/m.exec(
  readFileSync(join(import.meta.dirname, "..", "serverless.yml"), "utf8"),
)?.[1];

/** The region of a deployment without `--region`, as in serverless.yml. */
export const DEFAULT_REGION = "us-east-1";

/** The name that osls gives to a stage's stack. */
export function stackName(stage: string): string {
  return `${SERVICE}-${stage}`;
}

/** A resource of a stack. */
export interface DeployedResource {
  readonly type: string;
  readonly logicalId: string;
  /** The physical id: a bucket's name, a function's name, a distribution's id and so on. */
  readonly physicalId: string;
}

/** Lists all resources of a stack. */
export async function resourcesOf(client: CloudFormationClient, stack: string): Promise<DeployedResource[]> {
  const found: DeployedResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    for (const each of page.StackResourceSummaries ?? []) {
      const { ResourceType: type, LogicalResourceId: logicalId, PhysicalResourceId: physicalId } = each;
      if (type === undefined || logicalId === undefined || physicalId === undefined) continue;
      if (each.ResourceStatus !== "DELETE_COMPLETE") found.push({ type, logicalId, physicalId });
    }
  }
  return found;
}

const template = z.object({
  Resources: z.record(z.string(), z.object({ DeletionPolicy: z.optional(z.string()) })),
});

/** Returns the logical ids of the resources that stay when the stack is deleted. */
export async function retainedIn(client: CloudFormationClient, stack: string): Promise<Set<string>> {
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack }));
  const { Resources } = template.parse(JSON.parse(TemplateBody ?? ""));
  const retained = Object.entries(Resources).filter(([, { DeletionPolicy }]) =>
    DeletionPolicy?.startsWith("Retain"),
  );
  return new Set(retained.map(([logicalId]) => logicalId));
}
