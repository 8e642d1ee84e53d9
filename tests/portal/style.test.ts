import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const PORTAL = join(import.meta.dirname, "..", "..", "portal");

test("every variable that a style uses is defined", async () => {
  const files = (await readdir(PORTAL, { recursive: true })).filter((file) => /\.(css|tsx)$/.test(file));
  const text = (await Promise.all(files.map((file) => readFile(join(PORTAL, file), "utf8")))).join("\n");
  const defined = new Set([...text.matchAll(/(--[a-z-]+)"?:/g)].map(([, name]) => name));
  const used = new Set([...text.matchAll(/var\((--[a-z-]+)/g)].map(([, name]) => name));
  expect(used.size).toBeGreaterThan(10);
  expect([...used].filter((name) => !defined.has(name))).toEqual([]);
});
