/** The metrics of every request, each with its CloudWatch unit. Times are those of the log's line. */
export const METRICS = {
  Requests: "Count",
  ClientErrors: "Count",
  ServerErrors: "Count",
  EngineUnavailable: "Count",
  EngineTimeout: "Count",
  MissingResellerClaim: "Count",
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

export type MetricName = keyof typeof METRICS;

/**
 * Values in CloudWatch's embedded metric format: members of a line of log that are metrics as well, in the
 * namespace `MinutesService`, for each function its own.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param values those that the request has; undefined for a stage that it did not reach
 * @param now milliseconds since 1970
 */
export function embeddedMetrics(
  values: Readonly<Record<MetricName, number | undefined>>,
  functionName: string,
  now: number,
): object {
  const present = Object.entries(METRICS).flatMap(([Name, Unit]) =>
    Object.entries(values).some(([name, value]) => name === Name && value !== undefined)
      ? [{ Name, Unit }]
      : [],
  );
  const directive = { Namespace: "MinutesService", Dimensions: [["FunctionName"]], Metrics: present };
  return { FunctionName: functionName, ...values, _aws: { Timestamp: now, CloudWatchMetrics: [directive] } };
}
