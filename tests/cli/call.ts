/** Runs the command in this process, with outputs that record what they get. */
import { Writable } from "node:stream";
import { runBill } from "../../cli/bill/run-bill.ts";
import type { Surroundings } from "../../cli/report/run-command.ts";
import { runReport } from "../../cli/report/run-report.ts";

/** The arguments of most calls. */
export const DAYS = ["--from", "2026-04-01", "--to", "2026-04-30"];

/** The text that an output received; for a terminal, its number of columns. */
class Kept extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(columns: number | undefined) {
    super({ decodeStrings: true });
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions extends Partial<Pick<Surroundings, "environment" | "now" | "silenceLimit">> {
  /** The width of both outputs as terminals; undefined for pipes. */
  readonly terminal?: number;
}

/** Long after the calls of the tests' lakes. */
export const LATER = () => new Date("2026-08-01T00:00:00Z");

export function call(args: readonly string[], options: CallOptions = {}): Promise<Called> {
  return callOf(runReport, args, options);
}

/** `voice-minutes bill` with these arguments. */
export function callBill(args: readonly string[], options: CallOptions = {}): Promise<Called> {
  return callOf(runBill, args, options);
}

async function callOf(run: typeof runReport, args: readonly string[], options: CallOptions): Promise<Called> {
  const { terminal, ...surroundings } = options;
  const stdout = new Kept(terminal);
  const stderr = new Kept(terminal);
  const code = await run(args, { environment: {}, now: LATER, ...surroundings, stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
