/** One thing that a running service must do. */
export interface Check {
  /** The check's name in its output line. */
  readonly name: string;
  /**
   * @returns a detail for the line, such as the number of organizations in a report
   * @throws CheckFailure with the reason if the check fails
   */
  readonly run: () => Promise<string | undefined>;
}

/** A check failed; `message` says what the service does. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** @throws CheckFailure if the condition is false */
export function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new CheckFailure(reason);
}

/**
 * Runs checks one after the other, and prints one line for each.
 *
 * @returns number of failures
 */
export async function runChecks(checks: readonly Check[], print: (line: string) => void): Promise<number> {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      const more = await run();
      print(`ok    ${name}${more === undefined ? "" : `: ${more}`}`);
    } catch (error) {
      failed += 1;
      print(`FAIL  ${name}: ${reasonOf(error)}`);
    }
  }
  return failed;
}

/** Renders an error in one line. An error of `fetch` has its reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const text = cause instanceof Error ? `${message} (${cause.message})` : message;
  return text.replaceAll(/\s+/g, " ");
}
