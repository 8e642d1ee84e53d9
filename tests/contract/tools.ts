import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../local/command.ts";
import { installOasdiff } from "../../local/openapi/oasdiff.ts";

/** The tools that others wrote, each in a folder of its own. */
export interface Tools {
  /** The `bin` of a Python with schemathesis, openapi-python-client, mypy and requests. */
  readonly python: string;
  /** A folder whose node_modules has openapi-typescript, openapi-fetch and TypeScript 5. */
  readonly node: string;
}

const CACHE_DIRECTORY = join(import.meta.dirname, "../../.local/contract");
const REQUIREMENTS = join(import.meta.dirname, "python/requirements.txt");
const NODE_FILES = ["package.json", "package-lock.json"].map((name) =>
  join(import.meta.dirname, "typescript", name),
);

const NEED_PYTHON =
  "The contract is tested with Python: install Python 3.11 or later with venv (Debian: apt-get install python3-venv).";
const NEED_NPM = "npm is missing: install Node with npm (https://nodejs.org).";

/**
 * Installs the tools, each once for the pins that it has.
 *
 * @throws Error that says what to install, or has the installer's own messages
 */
export async function installTools(): Promise<Tools> {
  await installOasdiff();
  const interpreter = await runCommand(
    "python3",
    ["-c", "import sys; print(sys.executable, sys.version)"],
    NEED_PYTHON,
  );
  const python = await installOnce("Python", [REQUIREMENTS], interpreter, async (folder) => {
    await runCommand("python3", ["-m", "venv", folder], NEED_PYTHON).catch((error: unknown) => {
      throw new Error(`${NEED_PYTHON}\n${String(error)}`, { cause: error });
    });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    const pinned = ["--no-deps", "--require-hashes", "--requirement", REQUIREMENTS];
    await runCommand(join(folder, "bin/python"), [...pip, ...pinned], NEED_PYTHON);
  });
  const node = await installOnce("Node", NODE_FILES, "any", async (folder) => {
    await mkdir(folder);
    for (const file of NODE_FILES) await cp(file, join(folder, file.slice(file.lastIndexOf("/"))));
    await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], NEED_NPM, { cwd: folder });
  });
  return { python: join(python, "bin"), node };
}

/**
 * A folder with what these files pin. It counts as installed from the moment its last file is written: what was
 * interrupted is thrown away, and begun again. (A Python environment has its own path inside, and cannot be moved.)
 *
 * @param runtime what the installed packages are for; another one needs them again
 */
async function installOnce(
  name: string,
  pins: readonly string[],
  runtime: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(runtime);
  for (const file of pins) hash.update(await readFile(file));
  const folder = join(CACHE_DIRECTORY, `${name.toLowerCase()}-${hash.digest("hex").slice(0, 16)}`);
  const installed = join(folder, "installed");
  if (await isThere(installed)) return folder;

  console.error(`Installing the contract's tools for ${name}, once …`);
  await mkdir(CACHE_DIRECTORY, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await install(folder);
  await writeFile(installed, "");
  return folder;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
