/** What the command's exit codes mean; told by --help. */
export const EXIT = {
  ok: 0,
  /** A fault of the service, of the network's safety, or of this command. */
  fault: 1,
  /** The call or the request must change. */
  request: 2,
  /** The token must change. */
  token: 3,
  /** The same call may work later. */
  later: 4,
  /** The report does not fit into one answer. */
  tooLarge: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why there is no report: what to tell the person who called, line by line, and the code to end with. */
export class ReportFailure extends Error {
  override readonly name = "ReportFailure";
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, lines: readonly string[], options?: ErrorOptions) {
    super(lines.join("\n"), options);
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** The `code` of a system's or Node's error; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
