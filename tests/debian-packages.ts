import { spawnSync } from "node:child_process";

/**
 * Installs the missing ones of these Debian packages.
 *
 * @param need message for a person who must install them
 * @throws Error with `need` and apt-get's own messages if that cannot be done from here
 */
export function installDebianPackages(need: string, packages: readonly string[]): void {
  const wanted = packages.filter((name) => !isInstalled(name));
  if (wanted.length === 0) return;
  console.error(`Installing ${wanted.join(", ")} (apt-get), once …`);
  apt(need, "update", "-qq");
  apt(need, "install", "-y", "-qq", "--no-install-recommends", ...wanted);
}

function isInstalled(name: string): boolean {
  return spawnSync("dpkg-query", ["--show", name]).status === 0;
}

function apt(need: string, ...args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync("apt-get", args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status === 0) return;
  throw new Error(`${need} apt-get ${args.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`);
}
