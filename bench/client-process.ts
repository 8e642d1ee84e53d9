import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import * as z from "zod";

const answer = z.object({ milliseconds: z.number(), rows: z.number() });
export type Measured = z.infer<typeof answer>;

/** A client in a process of its own. */
export interface ClientProcess {
  /** Runs one query and reads its whole result. @throws Error if the client does not answer */
  query(): Promise<Measured>;
  /** Resets the peak memory of the process. Linux only. */
  resetPeak(): void;
  /** Peak resident memory since the reset, in megabytes. */
  peakMegabytes(): number;
  close(): void;
}

/** Starts a client that answers each line with a line. */
export function startClient(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ClientProcess {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
  });
  const lines = createInterface({ input: child.stdout });
  return {
    query: () => ask(child, lines),
    // https://www.kernel.org/doc/html/latest/filesystems/proc.html (clear_refs)
    resetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"),
    peakMegabytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
    },
    close: () => void child.kill(),
  };
}

async function ask(child: ChildProcess, lines: Interface): Promise<Measured> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    child.stdin?.write("go\n");
    const [line] = await Promise.race([
      once(lines, "line", { signal }),
      once(child, "exit", { signal }).then(() => {
        throw new Error(`the client ended: ${child.spawnargs.join(" ")}`);
      }),
    ]);
    return answer.parse(JSON.parse(String(line)));
  } finally {
    ended.abort();
  }
}
