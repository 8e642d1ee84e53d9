/** How the tests of a slice run on changed code: one after another in one process, which loads every file once. */
import { relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import { ROOT, readInstrumented, readReached } from "./files.ts";

const instrumented = new Map(Object.entries(readInstrumented()));

/** Sorts the test files by their time, so that slow tests run only on changes that no fast test notices. */
class FastestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]): ReturnType<BaseSequencer["sort"]> {
    const times = new Map<string, number>();
    for (const { file, milliseconds } of readReached())
      times.set(file, Math.max(times.get(file) ?? 0, milliseconds));
    const timeOf = (path: string) => times.get(relative(ROOT, path)) ?? 0;
    return files.toSorted((a, b) => timeOf(a.moduleId) - timeOf(b.moduleId));
  }
}

export default defineConfig({
  plugins: [
    {
      name: "changed code",
      enforce: "pre",
      load: (id) => instrumented.get(relative(ROOT, id)),
    },
  ],
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "").split(","),
    runner: "tests/mutation/runner.ts",
    setupFiles: "tests/mutation/no-shrinking.ts",
    sequence: { sequencer: FastestFirst },
    isolate: false,
    // The cache would keep the changed code for other runs.
    fsModuleCache: false,
    maxWorkers: 1,
    testTimeout: 30_000,
    update: "none",
    // A changed promise may fail after its test has ended.
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
