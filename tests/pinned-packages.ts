import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { runCommand } from "../local/command.ts";

const NEED_PYTHON = "Install Python 3.11 or later with venv (Debian: apt-get install python3-venv).";
const NEED_NPM = "Install Node with npm (https://nodejs.org).";

/**
 * Installs Python packages into a virtual environment of their own, once, and returns its `bin` folder.
 *
 * @param parent the folder for the environment
 * @param requirements a file that pins every package, also what those need, with hashes
 * @throws Error that says what to install, or has pip's own messages
 */
export async function installPython(parent: string, requirements: string): Promise<string> {
  const interpreter = await runCommand(
    "python3",
    ["-c", "import sys; print(sys.executable, sys.version)"],
    NEED_PYTHON,
  );
  const folder = await installOnce(parent, "python", [requirements], interpreter, async (environment) => {
    await runCommand("python3", ["-m", "venv", environment], NEED_PYTHON).catch((error: unknown) => {
      throw new Error(`${NEED_PYTHON}\n${String(error)}`, { cause: error });
    });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    const pinned = ["--no-deps", "--require-hashes", "--requirement", requirements];
    await runCommand(join(environment, "bin/python"), [...pip, ...pinned], NEED_PYTHON);
  });
  return join(folder, "bin");
}

/**
 * Installs npm packages into a folder of their own, once, and returns that folder.
 *
 * @param parent where that folder is made
 * @param project a folder with a package.json and its package-lock.json
 * @param more further options of `npm ci`
 * @throws Error with npm's own messages
 */
export async function installNode(
  parent: string,
  project: string,
  more: readonly string[] = [],
): Promise<string> {
  const files = ["package.json", "package-lock.json"].map((name) => join(project, name));
  return installOnce(parent, "node", files, "any", async (folder) => {
    await mkdir(folder);
    for (const file of files) await cp(file, join(folder, basename(file)));
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    await runCommand("npm", ["ci", "--ignore-scripts", ...more, ...quiet], NEED_NPM, { cwd: folder });
  });
}

/**
 * Returns a folder with what these files pin. It counts as installed once its last file is written: an interrupted
 * installation is deleted and started again. (A Python environment contains its own path, and cannot be moved.)
 *
 * @param runtime the interpreter that the packages are installed for; another one needs its own
 */
async function installOnce(
  parent: string,
  name: string,
  pins: readonly string[],
  runtime: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(runtime);
  for (const file of pins) hash.update(await readFile(file));
  const folder = join(parent, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const installed = join(folder, "installed");
  if (await exists(installed)) return folder;

  console.error(`Installing ${pins.map((file) => basename(file)).join(", ")} into ${folder}, once …`);
  await mkdir(parent, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await install(folder);
  await writeFile(installed, "");
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
