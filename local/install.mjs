/**
 * Makes `npm start` and `npm test` work in a fresh clone: installs what package-lock.json names when it is
 * not there yet, or was installed from another lock file. Plain JavaScript without dependencies, because it
 * runs before anything is installed, on whatever Node the machine has.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** npm writes what it installed to this file; package-lock.json's own root entry ("") has no place in it. */
function isInstalled() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, "utf8")).packages;
  const want = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional || have[path]?.integrity === entry.integrity,
  );
}

if (!isInstalled()) {
  console.error("Installing dependencies (npm ci), once …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (npm.status !== 0) {
    console.error("npm ci failed; see the messages above. It needs a package registry to reach.");
    process.exit(1);
  }
}
