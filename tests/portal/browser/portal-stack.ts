import { BUILT_PORTAL } from "../../../local/options.ts";
import type { StackOptions } from "../../../local/stack.ts";
import { FIRST_RUN, SECOND_RUN } from "../../local/billed-lake.ts";
import { stackOver, type TestStack } from "../../local/test-stack.ts";
import { PORTAL_LAKE } from "./portal-lake.ts";

/** A stack with the report page, over the lake that its tests share. */
export function portalStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const environment = { FRESHNESS_SECONDS: "0" };
  return stackOver(PORTAL_LAKE, {}, { portal: BUILT_PORTAL, environment, ...options });
}

/** Closes and revises April. */
export async function closeApril(stack: TestStack): Promise<void> {
  await stack.snapshot({ scheduled_time: FIRST_RUN });
  await stack.snapshot({ scheduled_time: SECOND_RUN });
}
