import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../local/free-port.ts";
import { spawnKept } from "../../local/kept-process.ts";
import { installPython } from "../pinned-packages.ts";

const ROOT = join(import.meta.dirname, "../..");
const CACHE_DIRECTORY = join(ROOT, ".local/deploy");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** It takes about six seconds on an idle machine. */
const START_MILLISECONDS = 60_000;

/** AWS as MiniStack emulates it, in one process. */
export interface MiniStack {
  /** The endpoint of all its services. */
  readonly url: string;
  readonly port: number;
  /** Stops it and deletes its files. */
  close(): Promise<void>;
}

/**
 * Starts MiniStack on a free port of 127.0.0.1, and installs it first if it is missing. It ends when `close` is
 * called, and when this process ends in any way.
 *
 * @param certificate a file with the certificate of the issuer, which it must trust
 * @throws Error that says what to install, or has the end of MiniStack's log
 */
export async function startMiniStack(certificate: string): Promise<MiniStack> {
  const bin = await installPython(CACHE_DIRECTORY, REQUIREMENTS);
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const workDirectory = await mkdtemp(join(tmpdir(), "ministack-"));
  const temporary = join(workDirectory, "tmp");
  await mkdir(temporary);
  const server = await spawnKept({
    name: "MiniStack",
    command: join(bin, "ministack"),
    args: [],
    env: {
      // Its functions run with the `node` that it finds.
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
      HOME: workDirectory,
      TMPDIR: temporary,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0",
      SSL_CERT_FILE: certificate,
    },
    workDirectory,
  });
  const starting = new AbortController();
  try {
    await Promise.race([untilReady(url, starting.signal), server.failure]);
    return { url, port, close: () => server.stop() };
  } catch (error) {
    starting.abort();
    await server.stop();
    throw error;
  }
}

async function untilReady(url: string, given: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([given, AbortSignal.timeout(START_MILLISECONDS)]);
  const isReady = async () => (await fetch(`${url}/_ministack/health`)).ok;
  while (!(await isReady().catch(() => false))) {
    if (signal.aborted) throw new Error("MiniStack has not started in time");
    await sleep(100);
  }
}
