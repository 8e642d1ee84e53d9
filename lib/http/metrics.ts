/** The metrics of every request, each with its CloudWatch unit. Times are those of the log's line. */
export const METRICS = {
  Requests: "Count",
  ClientErrors: "Count",
  /** Every 5xx: the three that follow. */
  ServerErrors: "Count",
  /** Every 500, and each 503 for stored data that is damaged: both need a person. */
  InternalErrors: "Count",
  EngineUnavailable: "Count",
  EngineTimeout: "Count",
  MissingResellerClaim: "Count",
  /** Reports whose closed days were to be read from the rollup, and were read from their calls. */
  RollupFallbacks: "Count",
  /** Days of a report that the rollup has. */
  RolledDays: "Count",
  TotalTime: "Milliseconds",
  ValidateTime: "Milliseconds",
  QueueTime: "Milliseconds",
  RunTime: "Milliseconds",
  ReadTime: "Milliseconds",
  FoldTime: "Milliseconds",
  RespondTime: "Milliseconds",
  BytesScanned: "Bytes",
  Rows: "Count",
  Executions: "Count",
  ResponseBytes: "Bytes",
} as const;
