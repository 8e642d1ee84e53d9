import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { alarmsOfFunctions } from "../infra/function-alarms.ts";
import { ROUTES } from "../infra/routes.ts";
import {
  reportVariables,
  rollupVariables,
  snapshotsApiVariables,
  snapshotVariables,
} from "../lib/composition/environment.ts";

const ROOT = join(import.meta.dirname, "..");
const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");

const DOCUMENTS = globSync(["*.md", "cli/*.md", "docs/**/*.md"], { cwd: ROOT }).toSorted();

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(textOf("package.json")));

function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, match = ""]) => match);
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): string[] {
  const headings = found(text.replaceAll(/^```[^]*?^```/gm, ""), /^#+ (.*)$/gm);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Whether a link works: to a file and its heading, or to a path that the service answers. */
function leadsSomewhere(from: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  if (path.startsWith("/")) return isServed(path);
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(textOf(target)).includes(anchor);
}

function isServed(path: string): boolean {
  return ROUTES.some((route) => new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));
}

describe.for(DOCUMENTS)("%s", (path) => {
  const text = textOf(path);

  test("names only npm scripts that exist", () => {
    for (const name of found(text, /npm run (?:-s )?([a-z][a-z0-9:-]*)/g)) {
      expect(scripts).toHaveProperty([name]);
    }
  });

  test("has only working links", () => {
    const links = found(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link));
    expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([]);
  });

  test("names test files that exist", () => {
    const files = found(text, /(tests\/[\w/-]+\.ts)/g);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test("contains no path outside the repository", () => {
    expect(text).not.toMatch(/\.\.\/shared|\/tmp\/|\/work\//);
  });
});

describe("the documents", () => {
  test("are all found by these tests", () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "docs/guide.md"]));
    expect(DOCUMENTS.length).toBeGreaterThan(20);
  });

  // `npm run bench` and its siblings write the benchmarks. The pages of docs/decisions have the same reader as their
  // list.
  const pages = DOCUMENTS.filter((path) => /^docs\/[^/]+$/.test(path) && !path.includes("benchmarks"));
  test.for(pages)("%s begins with its reader", (path) => {
    expect(textOf(path)).toMatch(/^(?:# .*\n\n)?For [a-z]/);
  });

  test("can all be reached from the README, CONTRIBUTING or each other", () => {
    const linked = new Set(
      DOCUMENTS.flatMap((from) =>
        found(textOf(from), /\]\(([^)#\s]+)/g).map((link) => join(dirname(from), link)),
      ),
    );
    expect(DOCUMENTS.filter((path) => path !== "README.md" && !linked.has(path))).toEqual([]);
  });
});

test("the README has at most 150 lines", () => {
  expect(textOf("README.md").split("\n").length).toBeLessThanOrEqual(151);
});

describe("docs/operate.md", () => {
  const text = textOf("docs/operate.md");

  test("describes every environment variable of the functions", () => {
    const table = text.slice(text.indexOf("## Environment variables"));
    const schemas = [reportVariables, rollupVariables, snapshotVariables, snapshotsApiVariables];
    for (const name of schemas.flatMap(({ shape }) => Object.keys(shape))) {
      expect(table).toContain(`\`${name}\``);
    }
  });

  test("says for every alarm what to do first", () => {
    const templates = globSync("infra/*alarms.yml", { cwd: ROOT }).map(textOf).join("\n");
    const names = [...found(templates, /^ {2}(\w+Alarm):$/gm), ...Object.keys(alarmsOfFunctions([]))];
    expect(names.length).toBeGreaterThan(20);
    const table = text.slice(text.indexOf("## Alarms"), text.indexOf("## When a month is not closed"));
    for (const name of names) expect(table).toContain(`\`${name.replace(/Alarm$/, "")}\``);
  });
});

test("CHANGELOG.md begins with the version of the published contract", () => {
  const { info } = z
    .object({ info: z.object({ version: z.string() }) })
    .parse(JSON.parse(textOf("docs/openapi.json")));
  const [newest] = found(textOf("CHANGELOG.md"), /^## (\S+) /gm);
  expect(newest).toBe(info.version);
});
