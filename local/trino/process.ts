import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "./configuration.ts";
import type { Installation } from "./install.ts";
import type { Java } from "./java.ts";

/** A Java virtual machine that runs Trino. */
export interface TrinoProcess {
  /** Rejects, with the end of the log, when the process ends without having been stopped. */
  readonly failure: Promise<never>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Ends Trino and removes its folder once the pipe at its standard input closes, which happens too when this
 * process is killed. `gone` on that pipe says that Trino has ended by itself: its process id may be
 * another's by then.
 */
const KEEPER = `
trap '' INT HUP
read -r word
if [ "$word" != gone ]; then
  kill -TERM "$1" 2>/dev/null
  tries=0
  while kill -0 "$1" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$1" 2>/dev/null
fi
rm -rf "$2"
`;

/** Starts the server; it is not ready yet. */
export async function spawnTrino(
  java: Java,
  installation: Installation,
  layout: Layout,
): Promise<TrinoProcess> {
  const logPath = join(layout.workDirectory, "trino.log");
  const log = await open(logPath, "w");
  const vector = java.hasVectorModule ? ["--add-modules=jdk.incubator.vector"] : [];
  const server = spawn(
    java.path,
    [
      "-Xmx3G",
      // Half the processor time to start and for small statements; long ones take about half as long again.
      "-XX:TieredStopAtLevel=1",
      "--enable-native-access=ALL-UNNAMED",
      ...vector,
      "-classpath",
      join(installation.libDirectory, "*"),
      `-Dconfig=${layout.configuration}`,
      "io.trino.server.TrinoServer",
    ],
    { cwd: layout.workDirectory, stdio: ["ignore", log.fd, log.fd] },
  );
  await once(server, "spawn");
  await log.close();

  const keeper = spawn("/bin/sh", ["-c", KEEPER, "keeper", String(server.pid), layout.workDirectory], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A keeper that someone killed has closed its end of the pipe.
  keeper.stdin.on("error", () => undefined);
  const kept = once(keeper, "exit");
  let stopping = false;
  const failure = once(server, "exit").then(async () => {
    if (stopping) throw new Error("Trino has been stopped");
    const lines = await readFile(logPath, "utf8");
    keeper.stdin.end("gone\n");
    throw new Error(`Trino has ended:\n${lines.trimEnd().split("\n").slice(-20).join("\n")}`);
  });
  failure.catch(() => undefined);
  return {
    failure,
    async stop() {
      stopping = true;
      keeper.stdin.end();
      await kept;
      await rm(layout.workDirectory, { recursive: true, force: true });
    },
  };
}
