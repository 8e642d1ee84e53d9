import { hash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { BillingReceiver } from "./billing-receiver.ts";
import type { Deployed, World } from "./world.ts";

/** The state that the tests of a deployment share. Earlier tests fill it. */
export interface Account {
  readonly world: World;
  /** The stage dev in `HERE`, after it is deployed. */
  dev: Deployed;
  /** Receives the bills of the stage dev. Created before that stage. */
  receiver: BillingReceiver;
}

/** The origin of another page that may call the API of the stage dev. */
export const PAGE_ORIGIN = "https://portal.example.com";

export const HERE = "us-east-1";
export const ELSEWHERE = "eu-central-1";

/** The functions of a stage. */
export function functionsOf({ resources }: Deployed) {
  return resources.filter(({ type }) => type === "AWS::Lambda::Function");
}

/** The deployed name of a function, by its name in serverless.yml. */
export function nameOf(deployed: Deployed, name: string): string {
  const found = functionsOf(deployed).find(({ physicalId }) => physicalId === `${deployed.stack}-${name}`);
  if (found === undefined) throw new Error(`${deployed.stack} has no function ${name}`);
  return found.physicalId;
}

/** The size and hash of a body: a whole report would make a failure unreadable. */
export function bytesOf(body: string): string {
  return `${Buffer.byteLength(body)} bytes, ${hash("sha256", body)}`;
}

/** The claims with which the page of a stage signs in. */
export async function clientIdOf({ cloud, physicalId }: Deployed): Promise<unknown> {
  const command = new GetObjectCommand({ Bucket: physicalId("PortalBucket"), Key: "portal/config.json" });
  const { Body } = await cloud.s3.send(command);
  const config = z.object({ client_id: z.string() });
  return config.parse(JSON.parse((await Body?.transformToString()) ?? "")).client_id;
}
