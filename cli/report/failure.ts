/** The command's exit codes, as --help lists them. */
export const EXIT = {
  ok: 0,
  /** A fault of the service, of the connection's security, or of this command. */
  fault: 1,
  /** The caller must correct the call or the request. */
  request: 2,
  /** The caller needs another token. */
  token: 3,
  /** The same call may work later. */
  later: 4,
  /** The report does not fit into one answer. */
  tooLarge: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The reason why there is no report: the lines to print, and the exit code. */
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

/** The `code` of a system or Node error; empty for any other value. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
