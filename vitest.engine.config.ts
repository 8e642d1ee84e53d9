import { defineConfig } from "vitest/config";

/** What must hold on the engine that Athena runs: Trino itself, and the whole requests over it. */
export default defineConfig({
  test: {
    include: [
      "tests/engine/*.test.ts",
      "tests/local/oracle.test.ts",
      "tests/local/sample-report.test.ts",
      "tests/local/every-figure-is-exact.test.ts",
      "tests/local/nobody-sees-another-resellers-figures.test.ts",
      "tests/local/a-closed-month-stays-closed.test.ts",
      "tests/local/every-closed-month-is-the-oracles.test.ts",
      "tests/local/reports-from-the-rollup.test.ts",
      "tests/local/a-cut-off-rollup-goes-on.test.ts",
      "tests/local/rollup-model.test.ts",
    ],
    setupFiles: "tests/hold-answers.ts",
    globalSetup: "tests/engine/global-setup.ts",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
