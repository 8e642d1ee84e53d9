import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const ROOT = join(import.meta.dirname, "../..");

/** The output of a command, and its exit status. */
export interface CommandResult {
  readonly status: number | null;
  readonly output: string;
}

/** The environment of a person who deploys to this endpoint, without any other AWS variable. */
export function deployerEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
}

/** Runs an npm script as a person does, with this text on its standard input. */
export async function npmRun(
  script: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  input = "",
): Promise<CommandResult> {
  const child = spawn("npm", ["run", "-s", script, "--", ...args], { cwd: ROOT, env: environment });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  const [status, out, error] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, output: out + error };
}
