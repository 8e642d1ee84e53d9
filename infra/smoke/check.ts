/** One thing that a running service must do. */
export interface Check {
  /** What is checked, as its line says. */
  readonly name: string;
  /**
   * @returns more for the line, such as how many organizations a report has
   * @throws CheckFailure with the reason where the service does otherwise
   */
  readonly run: () => Promise<string | undefined>;
}

/** The service does otherwise than a check expects; `message` says what it does. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** @throws CheckFailure unless the condition is met */
export function require(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new CheckFailure(reason);
}

/**
 * Runs checks one after the other, and prints one line for each.
 *
 * @returns how many failed
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

/** In one line. An error of `fetch` has its reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const text = cause instanceof Error ? `${message} (${cause.message})` : message;
  return text.replaceAll(/\s+/g, " ");
}
