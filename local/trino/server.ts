import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { trinoEngine } from "../engine/trino.ts";
import { freePort } from "../free-port.ts";
import { PROBE_STATEMENTS, writeConfiguration } from "./configuration.ts";
import { installTrino } from "./install.ts";
import { findJava } from "./java.ts";
import { declareLake, HIVE_CATALOG, type LakeDeclaration, type Trino } from "./lakes.ts";
import { spawnTrino } from "./process.ts";

/** A Trino that this process has started. */
export interface TrinoServer extends Trino {
  /** Stops the server and deletes its files. */
  close(): Promise<void>;
}

/** Downloads are kept once, in the repository's own cache folder. */
const CACHE_DIRECTORY = join(import.meta.dirname, "../../.local/trino");

/** About 20 s on an idle machine with two cores. */
const START_MILLISECONDS = 300_000;

/**
 * Starts Trino, the engine that Athena runs, on 127.0.0.1, and downloads it first if necessary. It ends when `close`
 * is called, and when this process ends in any way.
 *
 * @param options.port a free one by default
 * @param options.heapGigabytes of its memory, 3 by default
 * @param options.lakes are declared as `declareLake` does; others can follow
 * @throws Error that says what to install (Maven, a JDK), or contains the end of Trino's log; with code EADDRINUSE if
 * the port is taken.
 * @throws LakeError if a folder is not a lake
 */
export async function startTrino(
  options: {
    readonly port?: number;
    readonly heapGigabytes?: number;
    readonly lakes?: readonly LakeDeclaration[];
  } = {},
): Promise<TrinoServer> {
  const heapGigabytes = options.heapGigabytes ?? 3;
  await mkdir(CACHE_DIRECTORY, { recursive: true });
  const java = await findJava(CACHE_DIRECTORY);
  const installation = await installTrino(CACHE_DIRECTORY);
  const port = await freePort(options.port ?? 0);
  const workDirectory = await mkdtemp(join(tmpdir(), "trino-"));
  const layout = await writeConfiguration(workDirectory, installation, port, heapGigabytes);
  const trino = { url: `http://127.0.0.1:${port}`, lakesDirectory: layout.lakesDirectory };
  const server = await spawnTrino(java, installation, layout, heapGigabytes).catch(async (error: unknown) => {
    await rm(workDirectory, { recursive: true });
    throw error;
  });
  const starting = new AbortController();
  try {
    await Promise.race([untilReady(trino.url, starting.signal), server.failure]);
    for (const lake of options.lakes ?? []) await declareLake(trino, lake);
    return { ...trino, close: () => server.stop() };
  } catch (error) {
    starting.abort();
    await server.stop();
    throw error;
  }
}

async function untilReady(url: string, given: AbortSignal): Promise<void> {
  const engine = trinoEngine({ url, catalog: HIVE_CATALOG, schema: "default" });
  const signal = AbortSignal.any([given, AbortSignal.timeout(START_MILLISECONDS)]);
  for (;;) {
    try {
      for (const statement of PROBE_STATEMENTS) await engine.run(statement, [], signal);
      return;
    } catch (error) {
      if (signal.aborted) throw new Error("Trino has not started in time", { cause: error });
      await sleep(200);
    }
  }
}
