/**
 * Installs the dependencies of package-lock.json if they are missing or differ from it. So `npm start` and `npm test`
 * work in a fresh clone. It is plain JavaScript without dependencies, because it runs before anything is installed,
 * on any Node.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The Node that the npm scripts run. */
const node = join(root, "node_modules", ".bin", "node");

/** Compares package-lock.json with npm's own record of what is installed. */
function isInstalled() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const actual = JSON.parse(readFileSync(installed, "utf8")).packages;
  const expected = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(expected).every(([path, entry]) => {
    // The project's own entry; npm does not write it to node_modules.
    if (path === "") return true;
    if (actual[path] === undefined) return entry.optional === true && !isForThisMachine(entry);
    return actual[path].integrity === entry.integrity;
  });
}

/**
 * Whether npm must have installed this optional package. npm skips packages of other platforms, and what only those
 * need: an entry that names no platform.
 */
function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false;
  const { glibcVersionRuntime } = process.report.getReport().header;
  const family = process.platform === "linux" ? (glibcVersionRuntime ? "glibc" : "musl") : undefined;
  return allows(os, process.platform) && allows(cpu, process.arch) && allows(libc, family);
}

function allows(list, value) {
  return list === undefined || [list].flat().includes(value);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (!isInstalled()) {
  console.error("Installing dependencies (npm ci), once …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (npm.status !== 0) {
    fail("npm ci failed; see the messages above. It must be able to reach a package registry.");
  }
}

// package-lock.json pins Node for Linux (x64, arm64). Elsewhere the machine's own Node runs the scripts.
if (!existsSync(node)) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 24) fail(`Install Node 24 or later: this is ${process.version} (https://nodejs.org).`);
  symlinkSync(process.execPath, node);
}
