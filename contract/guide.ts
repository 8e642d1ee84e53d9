import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { withoutRequestId } from "./exchanges.ts";

/** A shell example and its output below it. */
const EXAMPLE =
  /(?<=```sh\n)(?<script>[^`]+)(?<between>```\n\n```(?<language>json|csv)\n)(?<printed>[^`]*)(?=```)/g;

/**
 * Returns the guide with the current output of its examples.
 *
 * @param environment `API` and `TOKEN`
 * @throws Error if an example fails
 */
export async function withOutputs(
  guide: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const run = promisify(execFile);
  const outputs: string[] = [];
  for (const { groups } of guide.matchAll(EXAMPLE)) {
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", groups?.["script"] ?? ""], {
      env: { ...process.env, ...environment },
    });
    const isJson = groups?.["language"] === "json";
    // A CSV ends its lines with CRLF, which an editor of the guide would not keep.
    const text = stdout.trim().replaceAll("\r\n", "\n");
    outputs.push(isJson ? JSON.stringify(withoutRequestId(JSON.parse(stdout)), null, 2) : text);
  }
  return guide.replace(
    EXAMPLE,
    (_, script: string, between: string) => `${script}${between}${outputs.shift()}\n`,
  );
}
