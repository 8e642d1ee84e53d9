import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** A program to run in a folder of its own. */
export interface Program {
  /** Its name in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** By default this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program's folder, with its log; removed when it has ended. */
  readonly workDirectory: string;
}

/** A program that runs until it is stopped or this process ends for any reason. */
export interface KeptProcess {
  /** Rejects, with the end of the log, if the program ends without being stopped. */
  readonly failure: Promise<never>;
  /** Ends the program and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Ends the program and removes its folder once the pipe at its standard input closes, which also happens when this
 * process is killed. `gone` on that pipe says that the program has ended by itself: its process id may then belong to
 * another one.
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

/** Starts a program. A server is not ready yet when this returns. */
export async function spawnKept(program: Program): Promise<KeptProcess> {
  const { name, workDirectory } = program;
  const logPath = join(workDirectory, "output.log");
  const log = await open(logPath, "w");
  const server = spawn(program.command, program.args, {
    cwd: workDirectory,
    env: program.env ?? process.env,
    stdio: ["ignore", log.fd, log.fd],
  });
  await once(server, "spawn");
  await log.close();

  const keeper = spawn("/bin/sh", ["-c", KEEPER, "keeper", String(server.pid), workDirectory], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  // If somebody killed the keeper, its end of the pipe is closed.
  keeper.stdin.on("error", () => undefined);
  const kept = once(keeper, "exit");
  let stopping = false;
  const failure = once(server, "exit").then(async () => {
    if (stopping) throw new Error(`${name} has been stopped`);
    const lines = await readFile(logPath, "utf8");
    keeper.stdin.end("gone\n");
    throw new Error(`${name} has ended:\n${lines.trimEnd().split("\n").slice(-20).join("\n")}`);
  });
  failure.catch(() => undefined);
  return {
    failure,
    async stop() {
      stopping = true;
      keeper.stdin.end();
      await kept;
      await rm(workDirectory, { recursive: true, force: true });
    },
  };
}
