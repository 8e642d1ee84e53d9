import { RunError, ServiceError } from "./errors.ts";

/** Writes one line of the log. */
export type WriteLine = (line: string) => void;

/** A metric's CloudWatch unit. */
export type Unit = "Count" | "Milliseconds" | "Bytes" | "None";

/**
 * Values in CloudWatch's embedded metric format: members of a line of log that are metrics as well, in the
 * namespace `MinutesService`, for each function its own.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param units every metric that the lines of this kind may have
 * @param values those that this one has; undefined for what did not come to be
 * @param now milliseconds since 1970
 * @param refinement a dimension and its value by which the function's own metrics can be told apart as well
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
 * Why, from the outside in: the causes of an error, without what may be data.
 *
 * @param withPlaces whether to tell the places in the code, where the fault may be ours
 */
export function causesOf({ cause }: Error, withPlaces: boolean): object[] {
  if (!(cause instanceof Error)) return [];
  const stack = cause.stack?.split("\n").filter((line) => line.startsWith("    at "));
  const described = { name: cause.name, message: redacted(cause.message), ...(withPlaces ? { stack } : {}) };
  return [described, ...causesOf(cause, withPlaces)];
}

/** Enough for a reason; a message that grows with its input is cut. */
const MAX_MESSAGE = 1_000;

/**
 * Removes what may be data, and cuts a long message: ids and quoted values. The location of a file of the lake stays, because it says what to
 * mend and is the writer's choice, not a customer's. The execution's id leads to Athena's own words.
 */
export function redacted(message: string): string {
  const safe = message.replace(
    /(?<location>\b(?:s3|local):\/\/[^\s'"]+|\bcall_usage\/dt=[^\s'"]+)|'[^']*'|"[^"]*"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
    (match, location: string | undefined) => (location === undefined ? "…" : match),
  );
  return safe.length <= MAX_MESSAGE ? safe : `${safe.slice(0, MAX_MESSAGE - 1)}…`;
}

/** Why a run failed, as the members of its line: code, detail and causes. */
export function failureOf(error: Error): object {
  const causes = causesOf(error, true);
  if (error instanceof RunError) return { code: error.code, detail: error.message, causes };
  const code = error instanceof ServiceError ? error.code : "internal_error";
  return { code, detail: redacted(error.message), causes };
}
