import { BUILT_PORTAL } from "../../../local/options.ts";
import { FIRST_RUN, SECOND_RUN } from "../../local/billed-lake.ts";
import { stackOver, type TestStack, type TestStackOptions } from "../../local/test-stack.ts";
import { PORTAL_LAKE, withMay } from "./portal-lake.ts";

/** A stack with the report page, by default over the lake that its tests share. */
export function portalStack(
  options: TestStackOptions = {},
  lake: Parameters<typeof stackOver>[0] = PORTAL_LAKE,
): Promise<TestStack> {
  const environment = { FRESHNESS_SECONDS: "0" };
  return stackOver(lake, {}, { portal: BUILT_PORTAL, environment, ...options });
}

/** A stack with two bills: the second one, of May, contains adjustments of April. */
export async function twiceBilledStack(): Promise<TestStack> {
  const stack = await portalStack({}, withMay(PORTAL_LAKE));
  await closeApril(stack);
  await stack.snapshot({ scheduled_time: THIRD_RUN });
  return stack;
}

/** When May is closed. */
const THIRD_RUN = "2026-06-04T06:00:00Z";

/** Closes and revises April. */
export async function closeApril(stack: TestStack): Promise<void> {
  await stack.snapshot({ scheduled_time: FIRST_RUN });
  await stack.snapshot({ scheduled_time: SECOND_RUN });
}
