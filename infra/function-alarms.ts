import { FUNCTIONS, type FunctionName } from "./functions.ts";
import { ROUTES } from "./routes.ts";

/** The names of a function's alarms, and what to tell the person on call. */
interface FunctionAlarms {
  /** The prefix of the alarms' names. */
  readonly prefix: string;
  /** What a failed invocation means, and what to look at first. */
  readonly errors: string;
  /** The number of failures and periods before the alarm rings; without it, one failure in five minutes. */
  readonly when?: object;
  /** Of a function that answers callers with a token. */
  readonly callers?: {
    /** The prefix of the names of these alarms. */
    readonly prefix: string;
    /** The metric of answers that need a person, and what to look at first. */
    readonly failures: readonly [metric: string, said: string];
  };
}

const ANSWERS =
  "crashed, ran out of memory or timed out. Expected failures are answers with a code, so this is a bug. Look first at the last lines of the function's log.";

const THROTTLES =
  "found no free instance, and callers got a 503 from the gateway. Look first at the account's concurrency and at the function's reserved part of it.";

const MISSING_CLAIM =
  "got tokens without the claim that lists the caller's resellers, and those callers see no figures. Look first at their number beside Requests. If only some tokens lack the claim, their issuer omits it. If all do, resellerClaim is mistyped.";

const UNKNOWN_ACCOUNTS =
  "got a token that names an account whose list of resellers is missing or not valid, and its caller got a 403. Look first at causes in the function's log, which say what is wrong with the object; caller and request_id lead to the account. Then correct the object in grantsBucket.";

const ALARMS: Readonly<Record<FunctionName, FunctionAlarms>> = {
  reports: {
    prefix: "Function",
    errors: ANSWERS,
    callers: {
      prefix: "",
      failures: [
        "InternalErrors",
        "answered 500. Either the service has a bug, the engine refused a query, or rows of the lake are not valid. Look first at the causes of the latest failures on the dashboard.",
      ],
    },
  },
  "billing-snapshot": {
    prefix: "BillingSnapshot",
    errors:
      "failed in a run. What the run wrote does not count, and tomorrow's run tries again. Look first at the latest failed runs on the dashboard. month_incomplete names the days that the platform must deliver. snapshot_conflict and snapshot_damaged need a person to compare the objects. If the dashboard shows none, the run timed out or ran out of memory.",
  },
  "billing-snapshots-api": {
    prefix: "BillingApiFunction",
    errors: ANSWERS,
    callers: {
      prefix: "BillingApi",
      failures: [
        "ServerErrors",
        "answered with 5xx. Either the service has a bug, S3 cannot be reached, or a snapshot does not match its manifest. Look first at code and causes in the function's log.",
      ],
    },
  },
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
 * Builds the alarms that every function has. All have one for errors. A function whose answer a caller waits for has
 * one for throttled calls. One that needs a token has alarms for failed answers and for callers without resellers.
 */
export function alarmsOfFunctions(actions: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const { prefix, errors, when, callers } = ALARMS[name];
      const aws = { Namespace: "AWS/Lambda", AlarmActions: actions, OKActions: actions };
      const own = { ...aws, Namespace: "MinutesService" };
      return [
        [`${prefix}Errors`, alarm(name, ["Errors", errors], { ...aws, ...when })] as const,
        ...(isBehindGateway(name)
          ? [[`${prefix}Throttles`, alarm(name, ["Throttles", THROTTLES], aws)] as const]
          : []),
        ...(callers === undefined
          ? []
          : ([
              [`${callers.prefix}InternalErrors`, alarm(name, callers.failures, own)],
              [
                `${callers.prefix}MissingResellerClaim`,
                alarm(name, ["MissingResellerClaim", MISSING_CLAIM], own),
              ],
              [`${callers.prefix}UnknownAccounts`, alarm(name, ["UnknownAccounts", UNKNOWN_ACCOUNTS], own)],
            ] as const)),
      ];
    }).map(([id, properties]) => [`${id}Alarm`, properties]),
  );
}

function alarm(name: FunctionName, [metric, said]: readonly [string, string], properties: object) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
      AlarmDescription: `${name} ${said}`,
      MetricName: metric,
      Dimensions: [{ Name: "FunctionName", Value: { Ref: logicalId(name) } }],
      Statistic: "Sum",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ...properties,
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
