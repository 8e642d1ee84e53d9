import { defineConfig } from "vitest/config";

/** What the functions rely on S3 for, on a server that others wrote: the local S3 is not its own judge. */
export default defineConfig({
  test: {
    include: ["tests/s3/*.test.ts", "tests/local/s3.test.ts"],
    globalSetup: "tests/s3/global-setup.ts",
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
