import type { ConnectionOptions } from "./connection-options.ts";
import { codeOf, EXIT, type ExitCode, ReportFailure } from "./failure.ts";
import type { Output } from "./progress.ts";
import type { Answer } from "./send.ts";
import { shownLines } from "./shown-text.ts";

/** The command's connections to the outside: environment, outputs, clock. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => Date;
  /** How long a connection may be silent, in milliseconds. The default is a minute, twice the gateway's limit. */
  readonly silenceLimit?: number;
}

/** What a command prints, and the note that follows it on standard error. */
export interface Printed {
  readonly content: Buffer | string;
  readonly note?: string | undefined;
}

/**
 * Runs one call of a command. Its content goes to `stdout`, complete or not at all.
 *
 * @param what the content, as the error of a failed write names it: "report"
 * @returns the exit code
 */
export async function runCommand(
  what: string,
  { stdout, stderr }: Surroundings,
  print: () => Promise<Printed>,
): Promise<ExitCode> {
  try {
    const { content, note } = await print();
    await write(stdout, content);
    if (note !== undefined) stderr.write(`${note}\n`);
    return EXIT.ok;
  } catch (error) {
    // The reader of a pipe has closed it, as head does.
    if (codeOf(error) === "EPIPE") return EXIT.ok;
    const failure = error instanceof ReportFailure ? error : unforeseen(what, error);
    stderr.write(`${shownLines(failure.message)}\n`);
    return failure.exitCode;
  }
}

/** Returns the bytes unchanged. On a terminal, removes control characters. */
export function asShown(body: Buffer, stdout: Output): Buffer | string {
  if (stdout.isTTY !== true) return body;
  return shownLines(body.toString()).replace(/\n?$/, "\n");
}

/** The width for tables in columns; undefined if nothing is to be cut. */
export function widthOf(stdout: Output): number | undefined {
  // A terminal that does not know its width reports 0.
  return stdout.isTTY === true ? stdout.columns || undefined : undefined;
}

/** @throws ReportFailure if the answer has another media type, or is a CSV without an end of its last line */
export function requireFormat(
  what: string,
  { headers, body }: Answer,
  format: ConnectionOptions["format"],
): void {
  const type = headers["content-type"]?.replace(/;.*$/s, "").trim().toLowerCase();
  if (type !== (format === "csv" ? "text/csv" : "application/json")) {
    throw new ReportFailure(EXIT.fault, [
      `The answer is not the requested ${what}. It has ${type ? "another media type" : "no media type"}.`,
      "Nothing of it is shown. Does --url name this service?",
    ]);
  }
  if (format !== "csv" || body.subarray(-2).toString("latin1") === "\r\n") return;
  throw new ReportFailure(EXIT.fault, [
    "The CSV is truncated: its last line has no end. Nothing of it is shown.",
  ]);
}

/** Resolves when the output has accepted the text. */
function write(output: Output, content: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(content, (error) => (error ? reject(error) : resolve()));
  });
}

function unforeseen(what: string, error: unknown): ReportFailure {
  const code = codeOf(error);
  if (error instanceof Error && "syscall" in error && error.syscall === "write") {
    return new ReportFailure(EXIT.fault, [`The ${what} could not be written (${code}).`]);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ReportFailure(EXIT.fault, [`An unexpected error occurred: ${text}`]);
}
