import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../local/free-port.ts";
import { spawnKept } from "../../local/kept-process.ts";
import { installVersitygw } from "./install.ts";

/** An S3 server that this process has started. */
export interface Versitygw {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Stops the server and deletes its files. */
  close(): Promise<void>;
}

/** It takes less than a second. */
const START_MILLISECONDS = 30_000;

/**
 * Starts versitygw on a free port of 127.0.0.1, over an empty folder, and builds it first if necessary. It ends when
 * `close` is called, and when this process ends in any way.
 *
 * @throws Error that says what to install, or has the end of versitygw's log
 */
export async function startVersitygw(): Promise<Versitygw> {
  const command = await installVersitygw();
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const access = { region: "us-east-1", accessKeyId: "versitygw", secretAccessKey: "versitygw-secret" };
  const workDirectory = await mkdtemp(join(tmpdir(), "versitygw-"));
  const objects = join(workDirectory, "objects");
  await mkdir(objects);
  const server = await spawnKept({
    name: "versitygw",
    command,
    args: ["--port", `127.0.0.1:${port}`, "--region", access.region, "posix", objects],
    env: { ROOT_ACCESS_KEY_ID: access.accessKeyId, ROOT_SECRET_ACCESS_KEY: access.secretAccessKey },
    workDirectory,
  });
  const starting = new AbortController();
  try {
    await Promise.race([untilReady(url, starting.signal), server.failure]);
    return { url, ...access, close: () => server.stop() };
  } catch (error) {
    starting.abort();
    await server.stop();
    throw error;
  }
}

/** Whether versitygw answers there, with any status. */
export async function isVersitygw(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.headers.get("server") === "VERSITYGW";
}

async function untilReady(url: string, given: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([given, AbortSignal.timeout(START_MILLISECONDS)]);
  while (!(await isVersitygw(url).catch(() => false))) {
    if (signal.aborted) throw new Error("versitygw has not started in time");
    await sleep(50);
  }
}
