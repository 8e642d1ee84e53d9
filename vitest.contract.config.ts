import { defineConfig } from "vitest/config";

/** What the published contract promises, held against the running stack by tools and clients that others wrote. */
export default defineConfig({
  test: {
    include: ["tests/contract/*.test.ts"],
    globalSetup: "tests/contract/global-setup.ts",
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
