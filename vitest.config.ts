import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/engine/**"],
    server: { deps: { inline: ["dt-sql-parser"] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
