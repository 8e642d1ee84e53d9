import type { TestProject } from "vitest/node";
import { CLOSED_AT, READERS_RESELLERS } from "../../contract/exchanges.ts";
import { ownStack } from "../../local/own-stack.ts";
import { requestToken } from "../../local/tokens.ts";
import { installTools, type Tools } from "./tools.ts";

/** A running API over the sample lake, with its April closed twice, and tokens for it. */
export interface Api {
  readonly url: string;
  /** For every reseller of the sample. */
  readonly token: string;
  readonly tokenWithoutResellers: string;
  /** Its claim is not a list of UUIDs. */
  readonly malformedToken: string;
}

declare module "vitest" {
  interface ProvidedContext {
    api: Api;
    tools: Tools;
  }
}

/** Installs the tools and starts one stack for all tests, because no request of theirs changes it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tools = await installTools().catch(giveUp);
  await using started = new AsyncDisposableStack();
  const stack = started.use(await ownStack());
  for (const scheduled_time of CLOSED_AT) await stack.snapshot({ scheduled_time });

  project.provide("tools", tools);
  project.provide("api", {
    url: stack.url,
    token: await requestToken(stack.issuer, { reseller_ids: READERS_RESELLERS }),
    tokenWithoutResellers: await requestToken(stack.issuer, {}),
    malformedToken: await requestToken(stack.issuer, { reseller_ids: "*" }),
  });
  const parts = started.move();
  return () => parts.disposeAsync();
}

/** Vitest would hide the message below a stack trace, after "No test files found". */
function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
