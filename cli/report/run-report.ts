import { isDay } from "../../lib/period.ts";
import { ask } from "./ask.ts";
import { codeOf, EXIT, type ExitCode, ReportFailure } from "./failure.ts";
import { HELP } from "./help.ts";
import { type ReportOptions, readOptions } from "./options.ts";
import { type Output, startProgress } from "./progress.ts";
import type { Answer } from "./send.ts";
import { shownLines } from "./shown-text.ts";
import { VIEWS } from "./views.ts";

/** The command's connections to the outside: environment, outputs, clock. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => Date;
  /** How long a connection may be silent, in milliseconds. The default is a minute, twice the gateway's limit. */
  readonly silenceLimit?: number;
}

/** Runs one call of the command. The report goes to `stdout`, complete or not at all. @returns the exit code */
export async function runReport(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { environment, stdout, stderr, now } = surroundings;
  try {
    const options = readOptions(args, environment);
    if (options === "help") {
      await write(stdout, HELP);
      return EXIT.ok;
    }
    await write(stdout, await outputOf(options, surroundings));
    if (!options.quiet && mayStillGrow(options.to, now())) stderr.write(GROWTH_NOTE);
    return EXIT.ok;
  } catch (error) {
    // The reader of a pipe has closed it, as head does.
    if (codeOf(error) === "EPIPE") return EXIT.ok;
    const failure = error instanceof ReportFailure ? error : unforeseen(error);
    stderr.write(`${shownLines(failure.message)}\n`);
    return failure.exitCode;
  }
}

async function outputOf(options: ReportOptions, { stdout, stderr, silenceLimit }: Surroundings) {
  using progress = startProgress(stderr, options.quiet);
  const answer = await ask(options, progress, silenceLimit ?? 60_000);
  requireType(answer, options);
  if (options.format === "csv") {
    requireWholeLines(answer);
    return asShown(answer.body, stdout);
  }
  const view = VIEWS[options.by].read(answer.body.toString(), options);
  if (view.isEmpty) progress.note(EMPTY_NOTE);
  if (options.format === "json") return asShown(answer.body, stdout);
  // A terminal that does not know its width reports 0.
  const width = stdout.isTTY === true ? stdout.columns || undefined : undefined;
  return view.table({ ...options, width });
}

/** Returns the bytes unchanged. On a terminal, removes control characters. */
function asShown(body: Buffer, stdout: Output): Buffer | string {
  if (stdout.isTTY !== true) return body;
  return shownLines(body.toString()).replace(/\n?$/, "\n");
}

function requireType({ headers }: Answer, { format }: ReportOptions): void {
  const type = headers["content-type"]?.replace(/;.*$/s, "").trim().toLowerCase();
  if (type === (format === "csv" ? "text/csv" : "application/json")) return;
  throw new ReportFailure(EXIT.fault, [
    `The answer is not the requested report. It has ${type ? "another media type" : "no media type"}.`,
    "Nothing of it is shown. Does --url name this service?",
  ]);
}

/** Every line of CSV ends with CRLF. */
function requireWholeLines({ body }: Answer): void {
  if (body.subarray(-2).toString("latin1") === "\r\n") return;
  throw new ReportFailure(EXIT.fault, [
    "The CSV is truncated: its last line has no end. Nothing of it is shown.",
  ]);
}

const DAY_MS = 86_400_000;
/** Within this many days calls still arrive late and are corrected. After them the month is closed for billing. */
const SETTLED_AFTER_DAYS = 3;
const GROWTH_NOTE = "Note: recent figures may still grow, because calls arrive late and are corrected.\n";

const EMPTY_NOTE =
  "Note: the report is empty. The token's resellers have no data in it, or no data matches the filters.";

function mayStillGrow(to: string, now: Date): boolean {
  return isDay(to) && Date.parse(to) + (1 + SETTLED_AFTER_DAYS) * DAY_MS > now.getTime();
}

/** Resolves when the output has accepted the text. */
function write(output: Output, content: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(content, (error) => (error ? reject(error) : resolve()));
  });
}

function unforeseen(error: unknown): ReportFailure {
  const code = codeOf(error);
  if (error instanceof Error && "syscall" in error && error.syscall === "write") {
    return new ReportFailure(EXIT.fault, [`The report could not be written (${code}).`]);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ReportFailure(EXIT.fault, [`An unexpected error occurred: ${text}`]);
}
