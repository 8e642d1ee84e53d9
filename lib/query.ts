/** One SELECT as a value: the text to run and how to read each row. */
export interface Query<Row> {
  /** SQL with `?` placeholders. It depends only on the number of values, never on the values. */
  readonly text: string;
  /** One SQL expression for each `?`, in order: Athena's ExecutionParameters. */
  readonly parameters: readonly string[];
  /** The names of the result's columns, in order. */
  readonly columns: readonly string[];
  /**
   * Reads one row of the result, its cells in the order of `columns`, null for NULL.
   *
   * @throws if the row does not match the query
   */
  readonly parseRow: (cells: readonly (string | null)[]) => Row;
}

/** What is known of a query's execution so far. It is logged and never sent to a caller. */
export interface ExecutionFacts {
  readonly queryExecutionId?: string;
  /** Number of executions started, including retries. */
  readonly executions?: number;
  /** Bytes read from the lake. The price depends on them. */
  readonly bytesScanned?: number;
  /** Bytes that Athena charges for one execution, also for one that was stopped. Told once for each execution. */
  readonly chargedBytes?: number;
  readonly rows?: number;
  /** Milliseconds in Athena's queue, running, and from the end of the run to the last row. */
  readonly queueMs?: number;
  readonly runMs?: number;
  readonly readMs?: number;
}

export interface RunOptions {
  /**
   * What an execution must have in common with an earlier one for the two to be the same, in addition to the query and
   * the freshness window. Left out: nothing.
   */
  readonly sharedWith?: string | undefined;
  /** Instant (milliseconds since 1970) at which the query is stopped. */
  readonly deadline: number;
  /** Receives each fact as soon as it is known. */
  readonly observe: (facts: ExecutionFacts) => void;
  /**
   * Asked before the query's first execution is started, or an earlier one joined. What it throws ends the query.
   *
   * @param token the idempotency token of the start
   */
  readonly admit?: ((token: string) => Promise<void>) | undefined;
}

/**
 * Runs a query and yields its rows in order, in batches as they arrive.
 *
 * It yields every row of the finished query, or throws a `ServiceError` (`range_too_large`, `engine_unavailable`,
 * `engine_timeout`, `internal_error`). It never yields fewer rows.
 */
export type Querier = <Row>(query: Query<Row>, options: RunOptions) => AsyncIterable<readonly Row[]>;

/** A statement without a result to read, such as a MERGE: SQL text that contains its values. */
export interface Statement {
  readonly text: string;
}

/**
 * Runs a statement to its end. Each call is a new execution, never the result of an earlier one.
 *
 * @throws ServiceError as a `Querier` does. A statement is one commit: if it failed or was stopped, it changed either
 * nothing or everything.
 */
export type Executor = (statement: Statement, options: RunOptions) => Promise<void>;
