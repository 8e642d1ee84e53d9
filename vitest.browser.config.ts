import { defineConfig } from "vitest/config";

/** The report page in a real browser, Debian's Chromium, over the local stack. */
export default defineConfig({
  test: {
    include: ["tests/portal/browser/*.test.ts"],
    globalSetup: "tests/portal/browser/global-setup.ts",
    expect: { poll: { timeout: 30_000 } },
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
