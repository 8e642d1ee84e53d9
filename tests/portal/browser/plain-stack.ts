import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdbEngine } from "../../../local/engine/duckdb.ts";
import { BUILT_FUNCTIONS, BUILT_PORTAL } from "../../../local/options.ts";
import { type Stack, startStack } from "../../../local/stack.ts";

/** A stack with the report page over a lake's folder, for programs that are no tests; ends when disposed. */
export async function plainStack(lake: string): Promise<Stack & AsyncDisposable> {
  const objects = await mkdtemp(join(tmpdir(), "portal-objects-"));
  const engine = await duckdbEngine(lake);
  const log = () => undefined;
  const stack = await startStack({
    port: 0,
    engine,
    functions: BUILT_FUNCTIONS,
    portal: BUILT_PORTAL,
    objects,
    log,
  });
  return {
    ...stack,
    [Symbol.asyncDispose]: async () => {
      await stack.close();
      await engine.close();
      await rm(objects, { recursive: true });
    },
  };
}
