/** One SELECT as a value: what to run and how to read each of its rows. */
export interface Query<Row> {
  /** SQL with `?` placeholders; depends only on how many values there are, never on the values. */
  readonly text: string;
  /** One SQL expression for each `?`, in order: Athena's ExecutionParameters. */
  readonly parameters: readonly string[];
  /** The names of the result's columns, in order. */
  readonly columns: readonly string[];
  /**
   * One row of the result, its cells in the order of `columns`, null where the engine gave NULL.
   *
   * @throws when the row is not what the query promises
   */
  readonly parseRow: (cells: readonly (string | null)[]) => Row;
}

/** What is known of a query's execution so far, for the log; never shown to a caller. */
export interface ExecutionFacts {
  readonly queryExecutionId?: string;
  /** Executions started, the retried ones included. */
  readonly executions?: number;
  /** Bytes read from the lake, which the price follows. */
  readonly bytesScanned?: number;
  readonly rows?: number;
  /** Milliseconds waiting in Athena's queue, running there, and from the end of the run to the last row. */
  readonly queueMs?: number;
  readonly runMs?: number;
  readonly readMs?: number;
}

export interface RunOptions {
  /** Instant (milliseconds since 1970) at which to stop the query and give up. */
  readonly deadline: number;
  /** Is told each fact as soon as it is known. */
  readonly observe: (facts: ExecutionFacts) => void;
}

/**
 * Runs a query and yields its rows in order, as many at once as arrive together.
 *
 * Either every row of the finished query is yielded, or the iteration throws a `ServiceError`
 * (`range_too_large`, `engine_unavailable`, `engine_timeout`, `internal_error`): never fewer rows.
 */
export type Querier = <Row>(query: Query<Row>, options: RunOptions) => AsyncIterable<readonly Row[]>;

/** One statement without a result to read, such as a MERGE: SQL text with its values in it. */
export interface Statement {
  readonly text: string;
}

/**
 * Runs a statement to its end; each call is an execution of its own, never an earlier one's outcome.
 *
 * @throws ServiceError as a `Querier` does. What has failed or been stopped has changed nothing, or all that it
 *   would: a statement is one commit.
 */
export type Executor = (statement: Statement, options: RunOptions) => Promise<void>;
