/** The SQL engine behind the local Athena: DuckDB in process, or a Trino server. */
export interface Engine {
  /**
   * Runs one statement over the lake.
   *
   * @param sql text with `?` placeholders
   * @param parameters one SQL expression for each placeholder, exactly as Athena's ExecutionParameters
   * (`'2026-04-01'` with its quotes is a string; `2026-04-01` is arithmetic)
   * @param signal ends the statement early; the promise then rejects
   * @throws EngineError if the engine refuses the statement or fails
   */
  run(sql: string, parameters: readonly string[], signal: AbortSignal): Promise<EngineResult>;
  close(): Promise<void>;
}

/** A finished statement: every value as the text that Athena would write, null as null. */
export interface EngineResult {
  /** Column names and Athena's names of their types (`varchar`, `bigint`, `timestamp` …). */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Bytes read from the lake, if the engine reports them; else 0. */
  readonly dataScannedInBytes: number;
  /** Processor time of the statement, if the engine reports it. */
  readonly cpuMilliseconds?: number;
}

/** The engine refused or failed the statement; `message` is the engine's own. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}
