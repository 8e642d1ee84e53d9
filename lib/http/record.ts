import { PROBLEMS, ServiceError } from "../errors.ts";

/** What is known of a request, gathered on its way and written as one line of JSON when it has ended. */
export interface RequestRecord {
  /** Instant of the start, milliseconds since 1970. */
  readonly startedAt: number;
  /** Adds facts; never a token, a claim, an id of the request's filters or a customer's name. */
  readonly add: (facts: object) => void;
  /** Counts the request in a metric of this name. */
  readonly count: (metric: MetricName) => void;
  /** All that was added, and the names of the metrics. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly metrics: readonly MetricName[];
}

export type MetricName = "MissingResellerClaim";

/** Writes one line of the log. */
export type WriteLine = (line: string) => void;

export function startRecord(first: { readonly requestId: string; readonly method?: string }, now: number) {
  const facts: Record<string, unknown> = { ...first };
  const metrics: MetricName[] = [];
  const record: RequestRecord = {
    startedAt: now,
    add: (more) => void Object.assign(facts, more),
    count: (metric) => void metrics.push(metric),
    facts,
    metrics,
  };
  return record;
}

/**
 * The line of a request that has ended: its facts, how long it took, what went wrong inside, and its metrics in
 * CloudWatch's embedded format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function requestLine(
  { startedAt, facts, metrics }: RequestRecord,
  status: number,
  now: number,
  error?: ServiceError,
): string {
  const named = Object.entries(facts).map(([name, value]) => [snakeCase(name), value]);
  return JSON.stringify({
    level: status >= 500 ? "error" : "info",
    message: "request",
    time: new Date(now).toISOString(),
    ...Object.fromEntries(named),
    status,
    total_ms: now - startedAt,
    ...(error && { code: error.code, causes: causesOf(error) }),
    ...(metrics.length > 0 && embeddedMetrics(metrics, now)),
  });
}

function embeddedMetrics(metrics: readonly MetricName[], now: number): object {
  const directive = {
    Namespace: "MinutesService",
    Dimensions: [[]],
    Metrics: metrics.map((name) => ({ Name: name, Unit: "Count" })),
  };
  return {
    ...Object.fromEntries(metrics.map((name) => [name, 1])),
    _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
  };
}

/** Why, from the outside in; with the place in the code where the fault may be ours. */
function causesOf(error: ServiceError): object[] {
  const causes: object[] = [];
  for (let { cause } = error; cause instanceof Error; { cause } = cause) {
    const place = PROBLEMS[error.code].status >= 500 ? { stack: cause.stack } : {};
    causes.push({ name: cause.name, message: cause.message, ...place });
  }
  return causes;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
