import type { TestProject } from "vitest/node";
import { buildFunctions } from "../infra/build.ts";
import { buildPortal } from "../infra/build-portal.ts";

/** Builds what the local stack runs, before the first test and again before each run of watch mode. */
export async function setup(project: TestProject): Promise<void> {
  const build = async () => {
    await Promise.all([buildFunctions(), buildPortal()]);
  };
  await build();
  project.onTestsRerun(build);
}
