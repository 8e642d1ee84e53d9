import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { reportVariables } from "../lib/composition/environment.ts";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));

function found(pattern: RegExp): string[] {
  return [...README.matchAll(pattern)].map(([, match = ""]) => match);
}

describe("the README", () => {
  test("names no npm script that does not exist", () => {
    const named = found(/npm (?:run (?:-s )?)?([a-z][a-z0-9:-]*)/g).filter((name) => name !== "run");
    expect(named.length).toBeGreaterThan(4);
    for (const name of named) expect(scripts).toHaveProperty([name]);
  });

  test("links to nothing that is not there", () => {
    const links = found(/\]\(([^)#]+)\)/g).filter((link) => !link.startsWith("http"));
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect(existsSync(join(ROOT, link)), link).toBe(true);
  });

  test("tells each of the function's variables", () => {
    const table = README.slice(README.indexOf("### Configuration of the function"));
    for (const name of Object.keys(reportVariables.shape)) expect(table).toContain(`\`${name}\``);
  });
});
