import { defineConfig } from "vitest/config";

/** The commands as people call them: processes of their own, most with a stack of their own. */
export default defineConfig({
  test: {
    include: ["tests/commands/*.test.ts"],
    setupFiles: "tests/hold-answers.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
  },
});
