import { FUNCTIONS, type FunctionName } from "./functions.ts";
import { ROUTES } from "./routes.ts";

/** What the alarms of a function are called, and what someone who is called should know. */
interface FunctionAlarms {
  /** The beginning of the alarms' names. */
  readonly prefix: string;
  /** What it means that the function failed, and what to look at first. */
  readonly errors: string;
  /** How often in how many periods it may fail before someone hears of it; once in five minutes when left out. */
  readonly when?: object;
}

const ANSWERS =
  "crashed, ran out of memory or timed out. Every foreseen failure is an answer of its own, so one is one too many. Look first at the last lines of the function's log.";

const ALARMS: Readonly<Record<FunctionName, FunctionAlarms>> = {
  reports: { prefix: "Function", errors: ANSWERS },
  "billing-snapshot": {
    prefix: "BillingSnapshot",
    errors:
      "failed in a run. Nothing was written but what its repetition takes up, and tomorrow's run repeats it. Look first at the latest failed runs on the dashboard: month_incomplete names the days that the platform has to deliver; snapshot_conflict and snapshot_damaged are for a person to compare. None there: the run timed out or ran out of memory.",
  },
  "billing-snapshots-api": { prefix: "BillingApiFunction", errors: ANSWERS },
  documentation: { prefix: "Documentation", errors: ANSWERS },
  "usage-rollup": {
    prefix: "Rollup",
    errors:
      "failed in two of the last three hours. Reports are right, and more expensive. Look first at the latest failed rollups on the dashboard: days_failed names days whose merge the engine refused, files_missing days whose files are gone from the lake. None there: the run timed out or ran out of memory.",
    when: { Period: 3600, EvaluationPeriods: 3, DatapointsToAlarm: 2 },
  },
};

const NAMES = Object.keys(FUNCTIONS).filter((name): name is FunctionName => name in ALARMS);

/** Whether the gateway calls the function: then a caller waits for it. */
function isBehindGateway(name: FunctionName): boolean {
  return ROUTES.some((route) => route.function === name);
}

/** The alarms that every function has: on its errors, and on throttled calls where a caller waits for the answer. */
export function alarmsOfFunctions(actions: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const { prefix, errors, when } = ALARMS[name];
      const throttles =
        "found no free instance, and callers got a 503 from the gateway. Look first at the account's concurrency and the function's reserved share of it.";
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

/** How osls names a function's resource. */
function logicalId(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("-", "Dash")}LambdaFunction`;
}

interface Widget {
  readonly type: string;
  readonly properties: { readonly alarms?: readonly string[] };
}

/** The dashboard with the functions' alarms at the end of its first list of alarms. */
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
