/**
 * `npm run check:prose`: checks documents, comments, messages and names of tests for long sentences, and for phrases
 * that have a plainer form. Prints each fault with its place, and exits with 1 if there is one.
 */
import { globSync, readFileSync } from "node:fs";
import { faultsOf } from "./rules.ts";
import { textsOf } from "./texts.ts";

const CHECKED = [
  "**/*.{ts,tsx,mjs,js,cjs,md,yml,py,go,css,sh,html}",
  "infra/documentation/llms.txt",
  ".ci/run",
];

/** What commands install and build; the benchmarks, which commands write; and the list of the phrases itself. */
const EXCLUDED = [
  "**/node_modules",
  "**/dist",
  ".git",
  ".local",
  ".serverless",
  "**/docs/benchmarks*.md",
  "tests/prose/rules.ts",
  "tests/prose.test.ts",
];

const faults = globSync(CHECKED, { exclude: EXCLUDED })
  .sort()
  .flatMap((file) =>
    textsOf(file, readFileSync(file, "utf8")).flatMap((text) =>
      faultsOf(text.text).map((fault) => `${file}:${text.line}: ${fault}`),
    ),
  );
if (faults.length > 0) {
  console.log([...faults, "See Style in CONTRIBUTING.md."].join("\n"));
  process.exit(1);
}
