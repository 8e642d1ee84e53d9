import { FUNCTIONS, type FunctionName } from "./functions.ts";
import { ROUTES } from "./routes.ts";

/** The names of a function's alarms, and what to tell the person on call. */
interface FunctionAlarms {
  /** The prefix of the alarms' names. */
  readonly prefix: string;
  /** What the failure means, and what to look at first. */
  readonly errors: string;
  /** The number of failures and periods before the alarm rings; without it, one failure in five minutes. */
  readonly when?: object;
}

const ANSWERS =
  "crashed, ran out of memory or timed out. Every expected failure has an answer of its own, so one crash is one too many. Look first at the last lines of the function's log.";

const ALARMS: Readonly<Record<FunctionName, FunctionAlarms>> = {
  reports: { prefix: "Function", errors: ANSWERS },
  "billing-snapshot": {
    prefix: "BillingSnapshot",
    errors:
      "failed in a run. The run wrote nothing that its repetition cannot continue, and tomorrow's run repeats it. Look first at the latest failed runs on the dashboard. month_incomplete names the days that the platform must deliver. snapshot_conflict and snapshot_damaged need a person to compare the objects. If the dashboard shows none, the run timed out or ran out of memory.",
  },
  "billing-snapshots-api": { prefix: "BillingApiFunction", errors: ANSWERS },
  documentation: { prefix: "Documentation", errors: ANSWERS },
  "usage-rollup": {
    prefix: "Rollup",
    errors:
      "failed in two of the last three hours. Reports are right, but more expensive. Look first at the latest failed rollups on the dashboard. days_failed names days whose merge the engine refused. files_missing names days whose files are missing in the lake. If the dashboard shows none, the run timed out or ran out of memory.",
    when: { Period: 3600, EvaluationPeriods: 3, DatapointsToAlarm: 2 },
  },
};

const NAMES = Object.keys(FUNCTIONS).filter((name): name is FunctionName => name in ALARMS);

/** Whether the gateway calls the function, so that a caller waits for it. */
function isBehindGateway(name: FunctionName): boolean {
  return ROUTES.some((route) => route.function === name);
}

/**
 * Builds the alarms that every function has: for its errors, and for throttled calls if a caller waits for the
 * answer.
 */
export function alarmsOfFunctions(actions: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const { prefix, errors, when } = ALARMS[name];
      const throttles =
        "found no free instance, and callers got a 503 from the gateway. Look first at the account's concurrency and at the function's reserved part of it.";
      return [
        [`${prefix}ErrorsAlarm`, alarm(name, "Errors", errors, actions, when)] as const,
        ...(isBehindGateway(name)
          ? [[`${prefix}ThrottlesAlarm`, alarm(name, "Throttles", throttles, actions)] as const]
          : []),
      ];
    }),
  );
}

function alarm(name: FunctionName, metric: string, said: string, actions: readonly string[], when?: object) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
      AlarmActions: actions,
      OKActions: actions,
      AlarmDescription: `${name} ${said}`,
      Namespace: "AWS/Lambda",
      MetricName: metric,
      Dimensions: [{ Name: "FunctionName", Value: { Ref: logicalId(name) } }],
      Statistic: "Sum",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ...when,
    },
  };
}

/** The logical id that osls gives to a function. */
function logicalId(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("-", "Dash")}LambdaFunction`;
}

interface Widget {
  readonly type: string;
  readonly properties: { readonly alarms?: readonly string[] };
}

/** Adds the functions' alarms to the first list of alarms on the dashboard. */
export function withFunctionAlarms<Body extends { readonly widgets: readonly Widget[] }>(body: Body) {
  const first = body.widgets.findIndex(({ type }) => type === "alarm");
  const own = Object.keys(alarmsOfFunctions([])).map((id) => `\${${id}.Arn}`);
  const widgets = body.widgets.map((widget, place) =>
    place === first
      ? {
          ...widget,
          properties: { ...widget.properties, alarms: [...(widget.properties.alarms ?? []), ...own] },
        }
      : widget,
  );
  return { ...body, widgets };
}
