import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: "tests/hold-answers.ts",
    exclude: [
      "tests/engine/**",
      "tests/s3/**",
      "tests/contract/**",
      "tests/commands/**",
      "tests/portal/browser/**",
    ],
    server: { deps: { inline: ["dt-sql-parser"] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Whole requests mostly wait, so more of them fit beside each other than there are cores.
    maxWorkers: 4,
  },
});
