import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

/**
 * Installs Debian's Chromium where it is missing, and further packages with it.
 *
 * @throws Error that says what to install, where that cannot be done from here
 */
export function installChromium(...packages: readonly string[]): void {
  const missing = existsSync(CHROMIUM) ? [] : ["chromium"];
  const wanted = [...missing, ...packages.filter((name) => !isInstalled(name))];
  if (wanted.length === 0) return;
  console.error(`Installing ${wanted.join(", ")} (apt-get), once …`);
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...wanted);
}

function isInstalled(name: string): boolean {
  return spawnSync("dpkg-query", ["--show", name]).status === 0;
}

function apt(...args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync("apt-get", args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status === 0) return;
  throw new Error(
    `The browser tests need Debian's Chromium at ${CHROMIUM}: as root, apt-get install chromium. ` +
      `apt-get ${args.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`,
  );
}
