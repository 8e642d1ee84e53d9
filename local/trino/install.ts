import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, runCommand } from "../command.ts";

/** The release that is downloaded. Maven Central has no older server archives. */
const VERSION = "476";

/** Without Hadoop, Kafka and the rest, the server starts in a third of the time. */
const PLUGINS = new Set(["hive", "iceberg"]);

const NEED_MAVEN =
  "Trino is fetched from Maven Central with mvn: install Maven (on Debian: apt-get install maven).";
const NEED_TAR = "Trino comes as a tar archive: install tar.";

/** An unpacked Trino. */
export interface Installation {
  /** All jars of the server. */
  readonly libDirectory: string;
  /** A folder for each plugin. */
  readonly pluginDirectory: string;
}

/**
 * Downloads Trino from Maven Central (821 MB) and unpacks it (500 MB), both once. The archive stays in Maven's local
 * repository, the unpacked files in the cache folder.
 *
 * @throws Error that says what to install, or contains Maven's own messages
 */
export async function installTrino(cacheDirectory: string): Promise<Installation> {
  const directory = join(cacheDirectory, `trino-server-${VERSION}`);
  if (!existsSync(directory)) await fetchAndUnpack(cacheDirectory, directory);
  return { libDirectory: join(directory, "lib"), pluginDirectory: join(directory, "plugin") };
}

async function fetchAndUnpack(cacheDirectory: string, directory: string): Promise<void> {
  const partial = join(cacheDirectory, `partial-${process.pid}`);
  await mkdir(partial, { recursive: true });
  try {
    console.error(`Fetching Trino ${VERSION} from Maven Central, once …`);
    const artifact = `io.trino:trino-server:${VERSION}:tar.gz`;
    const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${partial}`];
    await runCommand("mvn", ["-q", "-B", "dependency:copy", ...options], NEED_MAVEN);

    console.error(`Unpacking Trino ${VERSION} …`);
    const archive = join(partial, `trino-server-${VERSION}.tar.gz`);
    // Unpacks everything, because the jars of the two plugins are hard links to those of others in the archive.
    await runCommand("tar", ["-xzf", archive, "-C", partial], NEED_TAR);
    const unpacked = join(partial, `trino-server-${VERSION}`);
    for (const plugin of await readdir(join(unpacked, "plugin"))) {
      if (!PLUGINS.has(plugin)) await rm(join(unpacked, "plugin", plugin), { recursive: true });
    }
    await rename(unpacked, directory).catch((error: unknown) => {
      // Another process was faster.
      if (!hasCode(error, "ENOTEMPTY")) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
