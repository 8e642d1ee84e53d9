/** `npm run package`: packages the functions and the template with osls, and lists the shipped packages in an SBOM. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { sbom } from "./sbom.ts";
import { writeIfChanged } from "./write-if-changed.ts";

const ROOT = join(import.meta.dirname, "..");
const SBOM = join(ROOT, ".serverless", "sbom.cdx.json");

const osls = join(ROOT, "node_modules", "osls", "bin", "serverless.js");
const args = ["package", ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, [osls, ...args], { cwd: ROOT, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
// After osls, which empties the folder.
writeIfChanged(SBOM, Buffer.from(`${JSON.stringify(sbom(), undefined, 2)}\n`));
console.log(`Wrote ${SBOM}`);
