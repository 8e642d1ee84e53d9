import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_FUNCTIONS, openLake } from "./options.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";

/**
 * A stack on free ports with its own objects. Disposing ends it and deletes them.
 *
 * @param data the lake's folder; by default the sample lake
 */
export async function ownStack(
  options: Partial<StackOptions> = {},
  data?: string,
): Promise<Stack & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const objects = await mkdtemp(join(tmpdir(), "own-stack-"));
  started.defer(() => rm(objects, { recursive: true }));
  const { engine } = await openLake({ engine: "duckdb", data });
  started.defer(() => engine.close());
  const own = { port: 0, engine, functions: BUILT_FUNCTIONS, objects, log: () => {} };
  const stack = started.adopt(await startStack({ ...own, ...options }), (running) => running.close());
  const parts = started.move();
  return { ...stack, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
