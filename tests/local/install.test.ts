import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

interface Entry {
  readonly integrity: string;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "install-"));
  mkdirSync(join(folder, "local"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  cpSync(join(import.meta.dirname, "../../local/install.mjs"), join(folder, "local/install.mjs"));
  writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$@" >> ${folder}/npm-calls\n`);
  chmodSync(join(folder, "npm"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs install.mjs with an `npm` that only records its arguments, and returns what was recorded. */
function npmCalls(lock: Readonly<Record<string, Entry>>, installed: Readonly<Record<string, Entry>>): string {
  const write = (path: string, packages: object) =>
    writeFileSync(join(folder, path), JSON.stringify({ packages }));
  write("package-lock.json", { "": {}, ...lock });
  write("node_modules/.package-lock.json", installed);
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
  const { status } = spawnSync(process.execPath, [join(folder, "local/install.mjs")], { env });
  expect(status).toBe(0);
  const calls = join(folder, "npm-calls");
  return existsSync(calls) ? readFileSync(calls, "utf8") : "";
}

const INSTALL = "ci --no-audit --no-fund --loglevel=error\n";
const [os, cpu] = [process.platform, [process.arch]];

test("installs nothing if every package has the integrity of the lock file", () => {
  const packages = {
    "node_modules/a": { integrity: "1" },
    "node_modules/b": { integrity: "2", optional: true },
  };
  expect(npmCalls(packages, packages)).toBe("");
});

test.for([{}, { optional: true }])("installs again if a package has another integrity: %o", (optional) => {
  const entry = (integrity: string) => ({ "node_modules/a": { integrity, ...optional } });
  expect(npmCalls(entry("1"), entry("2"))).toBe(INSTALL);
});

test("installs again if an optional package of this platform is missing", () => {
  expect(npmCalls({ "node_modules/a": { integrity: "1", optional: true, os, cpu } }, {})).toBe(INSTALL);
});

test.for([{ os: ["aix"], cpu }, { os: [os], cpu: ["mips"] }, { os: [os], cpu, libc: ["other"] }, {}])(
  "accepts that an optional package of another platform is missing: %o",
  (platform) => {
    expect(npmCalls({ "node_modules/a": { integrity: "1", optional: true, ...platform } }, {})).toBe("");
  },
);

test("links the machine's own Node if the lock file pins none for the platform", () => {
  npmCalls({}, {});
  expect(realpathSync(join(folder, "node_modules/.bin/node"))).toBe(realpathSync(process.execPath));
});
