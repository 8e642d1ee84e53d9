import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { withParameterTable } from "../../infra/parameter-table.ts";
import { PARAMETER_NAMES } from "../../infra/parameters.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const textOf = (...path: string[]) => readFileSync(join(ROOT, ...path), "utf8");
const DOCUMENT = textOf("docs", "deploy.md");

function found(pattern: RegExp): string[] {
  return [...DOCUMENT.matchAll(pattern)].map(([, match = ""]) => match);
}

describe("docs/deploy.md", () => {
  test("has the parameters as serverless.yml has them (`npm run docs:parameters` writes them)", () => {
    expect(DOCUMENT).toBe(withParameterTable(DOCUMENT, textOf("serverless.yml")));
    for (const name of PARAMETER_NAMES) expect(DOCUMENT).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, "m"));
  });

  test("calls exactly the parameters required that a deployment refuses by their defaults", () => {
    const rows = DOCUMENT.split("\n").filter((line) => line.includes("| **required** |"));
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1])).toEqual(["jwtIssuer", "lakeBucket", "billFrom"]);
  });

  test("names only scripts, parameters and files that exist", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(textOf("package.json")));
    for (const name of found(/npm run (?:-s )?([a-z][a-z:]*)/g)) expect(scripts).toHaveProperty([name]);
    const parameters = found(/--param="(\w+)=/g).filter((name) => name !== "name");
    expect(parameters.length).toBeGreaterThan(3);
    expect(PARAMETER_NAMES).toEqual(expect.arrayContaining(parameters));
    for (const link of found(/\]\(([^)#]+)(?:#[^)]*)?\)/g).filter((each) => !each.startsWith("http")))
      expect(existsSync(join(ROOT, "docs", link)), link).toBe(true);
  });

  test("links to headings that exist, in it and in the README", () => {
    const anchors = (text: string) =>
      [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
    expect(anchors(DOCUMENT)).toEqual(expect.arrayContaining(found(/\]\(#([\w-]+)\)/g)));
    expect(anchors(textOf("README.md"))).toEqual(
      expect.arrayContaining(found(/\]\(\.\.\/README\.md#([\w-]+)\)/g)),
    );
  });
});
