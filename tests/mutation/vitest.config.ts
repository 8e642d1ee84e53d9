import { defineConfig } from "vitest/config";

/** The tests that judge mutants, by patterns in MUTATION_TESTS: those of lib/, which need neither a bundle nor a stack. */
const include = (process.env["MUTATION_TESTS"] ?? "tests/lib/**/*.test.ts").split(",");

export default defineConfig({ test: { include, isolate: false, testTimeout: 60_000 } });
