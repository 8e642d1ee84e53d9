import type { TestProject } from "vitest/node";
import type { Trino } from "../../local/trino/lakes.ts";
import { startTrino } from "../../local/trino/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Trino that the tests' stacks run their SQL on; DuckDB does where there is none. */
    trino?: Trino;
  }
}

/** Starts one Trino for all test files; fails, rather than skip them, where there is none to be had. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const trino = await startTrino();
  project.provide("trino", { url: trino.url, lakesDirectory: trino.lakesDirectory });
  return () => trino.close();
}
