import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** A program to run, in a folder that it alone uses. */
export interface Program {
  /** How it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** This process's unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** It runs here and its log lies here; removed when it has ended. */
  readonly workDirectory: string;
}

/** A program that runs until it is stopped or this process ends, whichever way that happens. */
export interface KeptProcess {
  /** Rejects, with the end of the log, when the program ends without having been stopped. */
  readonly failure: Promise<never>;
  /** Ends the program and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Ends the program and removes its folder once the pipe at its standard input closes, which happens too when
 * this process is killed. `gone` on that pipe says that the program has ended by itself: its process id may be
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

/** Starts a program; a server is not ready yet. */
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
  // A keeper that someone killed has closed its end of the pipe.
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
