import { hash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { BillingReceiver } from "./billing-receiver.ts";
import type { Deployed, World } from "./world.ts";

/** What the tests of a deployment share; filled as they run. */
export interface Account {
  readonly world: World;
  /** The stage dev in `HERE`, once it is deployed. */
  dev: Deployed;
  /** Hears of the bills of the stage dev. Made before that stage. */
  receiver: BillingReceiver;
}

/** The origin of a page elsewhere that may call the API of the stage dev. */
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

/** How many bytes a body has, and their hash: a whole report would drown the message of a failure. */
export function bytesOf(body: string): string {
  return `${Buffer.byteLength(body)} bytes, ${hash("sha256", body)}`;
}

/** What the page of a stage signs in as. */
export async function clientIdOf({ cloud, physicalId }: Deployed): Promise<unknown> {
  const command = new GetObjectCommand({ Bucket: physicalId("PortalBucket"), Key: "portal/config.json" });
  const { Body } = await cloud.s3.send(command);
  const config = z.object({ client_id: z.string() });
  return config.parse(JSON.parse((await Body?.transformToString()) ?? "")).client_id;
}
