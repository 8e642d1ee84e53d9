import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Checks every answer of a local gateway against the published contract. */
const HOLD_ANSWERS = "tests/hold-answers.ts";

/** Builds the functions and the report page first, so that no test runs an older bundle. */
const BUILD = "tests/build.ts";

const MINUTE = 60_000;

/** Need no stack, but seconds each or a server: they run beside the whole requests. */
const SLOW = [
  "tests/cli/package.test.ts",
  "tests/functions/reports/hostile-accounts.test.ts",
  "tests/functions/reports/hostile-claims.test.ts",
  "tests/lib/billing/bills-model.test.ts",
  "tests/lib/billing/runs-model.test.ts",
  "tests/lib/s3/snapshot-store.test.ts",
  "tests/sql-grammar.test.ts",
];

/** Need no stack. */
const UNIT = globSync(["tests/*.test.ts", "tests/{cli,functions,lib,portal}/**/*.test.ts"], {
  exclude: ["tests/portal/browser/**", ...SLOW],
});

/** Replace modules or timers, so each of them has a process of its own. The others share theirs, which saves imports. */
const ISOLATED = UNIT.filter((file) => /\bvi\b|process\.env|globalThis/.test(readFileSync(file, "utf8")));

/** What a bare `vitest` runs. The other projects need more than Node, or more than a few minutes. */
const DEFAULT = { project: ["unit", "unit-isolated", "stack"] };

/**
 * - `unit` and `unit-isolated`: what needs no stack.
 * - `stack`: whole requests through the local stack, and the packaged template.
 * - `commands`: `npm start` and the commands beside it, each a process of its own.
 * - `engine`: whole requests with Trino, the engine that Athena runs, for the SQL.
 * - `s3`: what the functions rely on S3 for, on an S3 server that others wrote.
 * - `contract`: the published contract against the running stack, by tools and clients that others wrote.
 * - `deploy`: the deployment, the deployed stack and its removal, in an emulated AWS that others wrote.
 * - `browser`: the report page in Debian's Chromium, over the local stack.
 */
export default defineConfig({
  test: {
    ...DEFAULT,
    testTimeout: MINUTE,
    hookTimeout: MINUTE,
    server: { deps: { inline: ["dt-sql-parser"] } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: UNIT.filter((file) => !ISOLATED.includes(file)),
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: { name: "unit-isolated", include: ISOLATED, maxWorkers: 2 },
      },
      {
        extends: true,
        test: {
          name: "stack",
          // After the unit tests, whose number of workers differs.
          sequence: { groupOrder: 1 },
          include: ["tests/{audit,infra,local}/**/*.test.ts", ...SLOW],
          globalSetup: BUILD,
          setupFiles: HOLD_ANSWERS,
          // Whole requests on a busy machine.
          testTimeout: 3 * MINUTE,
          hookTimeout: 3 * MINUTE,
          // Whole requests mostly wait, so more of them fit beside each other than there are cores.
          maxWorkers: 4,
        },
      },
      {
        extends: true,
        test: {
          name: "commands",
          include: ["tests/commands/*.test.ts"],
          globalSetup: BUILD,
          setupFiles: HOLD_ANSWERS,
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          name: "engine",
          include: [
            "tests/engine/*.test.ts",
            "tests/local/a-lake-folder-is-athenas.test.ts",
            "tests/local/a-bad-file-stops-its-own-day.test.ts",
            "tests/local/oracle.test.ts",
            "tests/local/agents-and-days.test.ts",
            "tests/local/longest-queries.test.ts",
            "tests/local/sample-report.test.ts",
            "tests/local/every-figure-is-exact.test.ts",
            "tests/local/nobody-sees-another-resellers-figures.test.ts",
            "tests/local/a-closed-month-stays-closed.test.ts",
            "tests/local/snapshots-model.test.ts",
            "tests/local/every-closed-month-is-the-oracles.test.ts",
            "tests/local/reports-from-the-rollup.test.ts",
            "tests/local/a-cut-off-rollup-goes-on.test.ts",
            "tests/local/a-rollup-of-the-first-release.test.ts",
            "tests/local/a-broken-lake-is-noticed.test.ts",
            "tests/local/rollup-model.test.ts",
            "tests/local/reuse-model.test.ts",
          ],
          globalSetup: [BUILD, "tests/engine/global-setup.ts"],
          setupFiles: HOLD_ANSWERS,
          fileParallelism: false,
          testTimeout: 5 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: "s3",
          include: ["tests/s3/*.test.ts", "tests/local/s3.test.ts"],
          globalSetup: "tests/s3/global-setup.ts",
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          include: ["tests/contract/*.test.ts"],
          globalSetup: [BUILD, "tests/contract/global-setup.ts"],
          maxWorkers: 2,
          testTimeout: 5 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: "deploy",
          include: ["tests/deploy/*.test.ts"],
          globalSetup: BUILD,
          testTimeout: 2 * MINUTE,
          hookTimeout: 5 * MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/portal/browser/*.test.ts"],
          globalSetup: [BUILD, "tests/portal/browser/global-setup.ts"],
          expect: { poll: { timeout: 30_000 } },
          fileParallelism: false,
          hookTimeout: 2 * MINUTE,
        },
      },
    ],
  },
});
