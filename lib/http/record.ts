/** What is known of a request, gathered on its way and written as one line of JSON when it has ended. */
export interface RequestRecord {
  /** Instant of the start, milliseconds since 1970. */
  readonly startedAt: number;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Adds facts; never a token, a claim, an id of the request's filters or a customer's name. */
  readonly add: (facts: object) => void;
}

/** Writes one line of the log. */
export type WriteLine = (line: string) => void;

export function startRecord(first: Readonly<Record<string, unknown>>, now: number): RequestRecord {
  const facts: Record<string, unknown> = { ...first };
  return { startedAt: now, facts, add: (more) => void Object.assign(facts, more) };
}

/** The line of a request that has ended, with how long it took and what went wrong inside. */
export function requestLine(record: RequestRecord, status: number, now: number, error?: unknown): string {
  return JSON.stringify({
    level: status >= 500 ? "error" : "info",
    message: "request",
    time: new Date(now).toISOString(),
    ...record.facts,
    status,
    total_ms: now - record.startedAt,
    ...(error === undefined ? {} : { error: describe(error) }),
  });
}

/**
 * A count in CloudWatch's embedded metric format: a fact that is also a metric.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function countMetric(name: string, now: number): Record<string, unknown> {
  const metrics = [{ Name: name, Unit: "Count" }];
  const directive = { Namespace: "MinutesService", Dimensions: [[]], Metrics: metrics };
  return { [name]: 1, _aws: { Timestamp: now, CloudWatchMetrics: [directive] } };
}

/** An error and what caused it, outermost first. */
function describe(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  const code = "code" in error ? { code: error.code } : {};
  return [
    { name: error.name, ...code, message: error.message, stack: error.stack },
    ...describe(error.cause),
  ];
}
