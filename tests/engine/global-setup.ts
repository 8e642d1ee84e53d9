import type { TestProject } from "vitest/node";
import type { Trino } from "../../local/trino/lakes.ts";
import { startTrino } from "../../local/trino/server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Trino that runs the SQL of the tests' stacks; undefined for DuckDB. */
    trino?: Trino;
  }
}

/** Starts one Trino for all test files. Fails if there is none: the tests are never skipped. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const trino = await startTrino();
  project.provide("trino", { url: trino.url, lakesDirectory: trino.lakesDirectory });
  return () => trino.close();
}
