import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Where a command runs and its environment; by default this process's. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a command to its end and returns its standard output.
 *
 * @param need the message if there is no such command
 * @throws Error with the command's own messages if it fails
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  need: string,
  surroundings: Surroundings = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { ...surroundings, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new Error(need, { cause: error });
    throw withOutput(error);
  }
}

/** Node's error quotes the standard error of a command. Compilers write their messages to standard output. */
function withOutput(error: unknown): unknown {
  const output = error instanceof Error && "stdout" in error ? String(error.stdout).slice(-10_000) : "";
  return error instanceof Error && output !== ""
    ? new Error(`${error.message}\n${output}`, { cause: error })
    : error;
}

/** Whether this is an operating system error with that code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
