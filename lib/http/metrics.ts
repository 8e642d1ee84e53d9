/** The metrics of every request, each with its CloudWatch unit. Durations equal those in the log line. */
export const METRICS = {
  Requests: "Count",
  ClientErrors: "Count",
  /** Every 5xx: the sum of the three below. */
  ServerErrors: "Count",
  /** Every 500, and each 503 for damaged stored data. Both need a person. */
  InternalErrors: "Count",
  EngineUnavailable: "Count",
  EngineTimeout: "Count",
  MissingResellerClaim: "Count",
  /** Tokens that name an account whose list of resellers is missing or not valid. */
  UnknownAccounts: "Count",
  /** Reports refused because their partner had started too many executions. */
  BudgetRefusals: "Count",
  /** Reports made although their partner's budget could not be asked. */
  BudgetUnavailable: "Count",
  /** Reports that were meant to read rolled-up days from the rollup, and read their calls instead. */
  RollupFallbacks: "Count",
  /** Days of a report that are in the rollup. */
  RolledDays: "Count",
  /** Reports that the caller had already, and reports from a stored answer: both without a query. */
  NotModified: "Count",
  StoredAnswers: "Count",
  /** Reports that could not be reused or stored, although all of their days are rolled up. */
  ReuseFailures: "Count",
  TotalTime: "Milliseconds",
  ValidateTime: "Milliseconds",
  QueueTime: "Milliseconds",
  RunTime: "Milliseconds",
  ReadTime: "Milliseconds",
  FoldTime: "Milliseconds",
  RespondTime: "Milliseconds",
  BytesScanned: "Bytes",
  /** What Athena charges for: at least 10 MB for each execution, and also what stopped executions have read. */
  ChargedBytes: "Bytes",
  Rows: "Count",
  Executions: "Count",
  ResponseBytes: "Bytes",
} as const;
