import { isDay } from "../../lib/period.ts";
import { ask } from "./ask.ts";
import { codeOf, EXIT, type ExitCode, ReportFailure } from "./failure.ts";
import { HELP } from "./help.ts";
import { type ReportOptions, readOptions } from "./options.ts";
import { type Output, startProgress } from "./progress.ts";
import type { Answer } from "./send.ts";
import { shownLines } from "./shown-text.ts";
import { VIEWS } from "./views.ts";

/** What a call meets outside itself. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly now: () => Date;
  /** How long a connection may be silent, in milliseconds: a minute, twice what the gateway takes, when left out. */
  readonly silenceLimit?: number;
}

/** Runs one call of the command; the report goes to `stdout`, whole or not at all. @returns its exit code */
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
    // The reader of a pipe has ended, as head does.
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
  // A terminal that does not know its width says 0.
  const width = stdout.isTTY === true ? stdout.columns || undefined : undefined;
  return view.table({ ...options, width });
}

/** The bytes as they are; on a terminal what it must not obey is left out of them. */
function asShown(body: Buffer, stdout: Output): Buffer | string {
  if (stdout.isTTY !== true) return body;
  return shownLines(body.toString()).replace(/\n?$/, "\n");
}

function requireType({ headers }: Answer, { format }: ReportOptions): void {
  const type = headers["content-type"]?.replace(/;.*$/s, "").trim().toLowerCase();
  if (type === (format === "csv" ? "text/csv" : "application/json")) return;
  throw new ReportFailure(EXIT.fault, [
    `The answer is not the report that was asked for: it is ${type ? "of another media type" : "of no media type"}.`,
    "Nothing of it is shown. Does --url name this service?",
  ]);
}

/** CSV ends as each of its lines does. */
function requireWholeLines({ body }: Answer): void {
  if (body.subarray(-2).toString("latin1") === "\r\n") return;
  throw new ReportFailure(EXIT.fault, [
    "The answer is no whole CSV: its last line is not ended. Nothing of it is shown.",
  ]);
}

const DAY_MS = 86_400_000;
/** After so many days few calls still arrive or are corrected; a month is closed for billing then. */
const SETTLED_AFTER_DAYS = 3;
const GROWTH_NOTE = "Note: recent figures may still grow, as calls arrive late and are corrected.\n";

const EMPTY_NOTE =
  "Note: the report is empty: the token's resellers have no data in it, or the filters leave nothing.";

function mayStillGrow(to: string, now: Date): boolean {
  return isDay(to) && Date.parse(to) + (1 + SETTLED_AFTER_DAYS) * DAY_MS > now.getTime();
}

/** Settles once the output has taken it. */
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
  return new ReportFailure(EXIT.fault, [`Something unforeseen went wrong: ${text}`]);
}
