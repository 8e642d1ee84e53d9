import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { installNode, installPython } from "../tests/pinned-packages.ts";

const PINS = join(import.meta.dirname, "peers");

export interface Installed {
  readonly python: string;
  /** A file from which Node resolves the npm packages. */
  readonly npm: string;
}

/**
 * Installs the peers into folders of their own, once.
 *
 * @throws Error if one cannot be installed
 */
export async function installPeers(folder: string): Promise<Installed> {
  return {
    python: join(await installPython(folder, join(PINS, "requirements.txt")), "python"),
    npm: join(await installNode(folder, PINS), "index.cjs"),
  };
}

/** The measured peers with their versions. */
export function peerVersions(): string[] {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(PINS, "package.json"), "utf8")));
  const python = readFileSync(join(PINS, "requirements.txt"), "utf8").match(
    /^(PyAthena|awswrangler)==\S+/gim,
  );
  return [...(python ?? []), ...Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)];
}
