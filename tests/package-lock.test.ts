import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";

const LOCK = readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8");
const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) }),
    ),
  })
  .parse(JSON.parse(LOCK));

test("the lock file names every optional package, also those of other platforms, or npm ci refuses it", () => {
  const named = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies));
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((name) => !Object.hasOwn(packages, `node_modules/${name}`))).toEqual([]);
});

test("the lock file names no registry, so that each machine asks its own", () => {
  expect(LOCK).not.toContain('"resolved"');
});
