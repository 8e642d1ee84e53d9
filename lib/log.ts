import { type ProblemCode, RunError, ServiceError } from "./errors.ts";

/** Writes one line of the log. */
export type WriteLine = (line: string) => void;

/** A metric's CloudWatch unit. */
export type Unit = "Count" | "Milliseconds" | "Bytes" | "None";

/**
 * Renders values in CloudWatch's embedded metric format: members of a log line that are also metrics, in the
 * namespace `MinutesService`, with a dimension for the function.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param units every metric that lines of this kind may have
 * @param values the values of this line; undefined for a metric without a value
 * @param now milliseconds since 1970
 * @param refinement a second dimension and its value, in addition to the function
 */
export function embeddedMetrics<Name extends string>(
  units: Readonly<Record<Name, Unit>>,
  values: Readonly<Record<NoInfer<Name>, number | undefined>>,
  functionName: string,
  now: number,
  refinement: Readonly<Record<string, string>> = {},
): object {
  const present = Object.entries(units).flatMap(([Name, Unit]) =>
    Object.entries(values).some(([name, value]) => name === Name && value !== undefined)
      ? [{ Name, Unit }]
      : [],
  );
  const refined = Object.keys(refinement).map((name) => ["FunctionName", name]);
  const Dimensions = [["FunctionName"], ...refined];
  const directive = { Namespace: "MinutesService", Dimensions, Metrics: present };
  return {
    FunctionName: functionName,
    ...refinement,
    ...values,
    _aws: { Timestamp: now, CloudWatchMetrics: [directive] },
  };
}

/**
 * Lists the causes of an error, the outermost first, without possible customer data.
 *
 * @param withPlaces whether to add the places in the code, for errors that may be ours
 */
export function causesOf({ cause }: Error, withPlaces: boolean): object[] {
  if (!(cause instanceof Error)) return [];
  const stack = cause.stack?.split("\n").filter((line) => line.startsWith("    at "));
  const described = { name: cause.name, message: redacted(cause.message), ...(withPlaces ? { stack } : {}) };
  return [described, ...causesOf(cause, withPlaces)];
}

/** Enough for a reason. A message that grows with its input is cut. */
const MAX_MESSAGE = 1_000;

/**
 * Removes possible customer data (ids and quoted values) and cuts long messages. The location of a file of the lake
 * stays: the writer of the lake chose it, and it says what to repair. The execution's id leads to Athena's own
 * message.
 */
export function redacted(message: string): string {
  const safe = message.replace(
    /(?<location>\b(?:s3|local):\/\/[^\s'"]+|\bcall_usage\/dt=[^\s'"]+)|'[^']*'|"[^"]*"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
    (match, location: string | undefined) => (location === undefined ? "…" : match),
  );
  return safe.length <= MAX_MESSAGE ? safe : `${safe.slice(0, MAX_MESSAGE - 1)}…`;
}

/** What to do about a failed query of a run. The error's own message is for the callers of reports. */
const RUN_DETAILS: Partial<Record<ProblemCode, string>> = {
  range_too_large:
    "The query was stopped, because it read more bytes than its workgroup allows. Raise billingScanCutoffBytes and deploy.",
  engine_timeout:
    "The query or its result was not ready when the time of the run ended. The causes say more.",
  engine_unavailable: "Athena or S3 could not be reached, or refused for now. The causes say more.",
  internal_error: "The run failed. The causes say why, and Athena's message under query_execution_id.",
};

/** Describes why a run failed, as members of its log line: code, detail and causes. */
export function failureOf(error: Error): object {
  const causes = causesOf(error, true);
  if (error instanceof RunError) return { code: error.code, detail: error.message, causes };
  if (!(error instanceof ServiceError))
    return { code: "internal_error", detail: redacted(error.message), causes };
  const { code, message } = error;
  return { code, detail: RUN_DETAILS[code] ?? redacted(message), causes };
}
