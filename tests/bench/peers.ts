import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** The peers, exactly as they are measured. */
export const PEERS = {
  python: ["PyAthena[pandas]==4.2.1", "awswrangler==3.17.1"],
  npm: ["athena-express@7.1.5", "aws-sdk@2.1693.0"],
} as const;

export interface Installed {
  readonly python: string;
  /** A file that Node resolves the npm packages from. */
  readonly npm: string;
}

/**
 * Installs the peers into a folder of their own, once.
 *
 * @throws Error when one cannot be had
 */
export function installPeers(folder: string): Installed {
  const python = join(folder, "python", "bin", "python");
  const npm = join(folder, "npm");
  mkdirSync(npm, { recursive: true });
  if (!existsSync(python)) execFileSync("python3", ["-m", "venv", join(folder, "python")]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PEERS.python];
  execFileSync(python, pip, { stdio: ["ignore", "ignore", "inherit"] });
  if (!existsSync(join(npm, "node_modules", "athena-express"))) {
    const install = ["install", "--prefix", npm, "--no-audit", "--no-fund", "--loglevel=error", ...PEERS.npm];
    execFileSync("npm", install, { stdio: ["ignore", "ignore", "inherit"] });
  }
  return { python, npm: join(npm, "index.cjs") };
}
