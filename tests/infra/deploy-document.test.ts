import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withParameterTable } from "../../infra/parameter-table.ts";
import { PARAMETER_NAMES } from "../../infra/parameters.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const textOf = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");
const DOCUMENT = textOf("docs", "deploy.md");

function found(pattern: RegExp): string[] {
  return [...DOCUMENT.matchAll(pattern)].map(([, match = ""]) => match);
}

describe("docs/deploy.md", () => {
  test("has the parameters of serverless.yml (`npm run docs:parameters` writes them)", () => {
    expect(DOCUMENT).toBe(withParameterTable(DOCUMENT, textOf("serverless.yml")));
    for (const name of PARAMETER_NAMES) expect(DOCUMENT).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, "m"));
  });

  test("marks exactly the parameters as required whose defaults a deployment refuses", () => {
    const rows = DOCUMENT.split("\n").filter((line) => line.includes("| **required** |"));
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual([
      "jwtIssuer",
      "lakeBucket",
      "billFrom",
      "snapshotLockDays",
    ]);
  });

  // Links, headings and scripts of all documents: tests/readme.test.ts.
  test("names only parameters that exist", () => {
    const parameters = found(/--param="(\w+)=/g).filter((name) => name !== "name");
    expect(parameters.length).toBeGreaterThan(3);
    expect(PARAMETER_NAMES).toEqual(expect.arrayContaining(parameters));
  });
});
