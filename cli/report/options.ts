import { parseArgs } from "node:util";
import { EXIT, ReportFailure } from "./failure.ts";
import { isThisMachine, serviceAddress } from "./service-address.ts";
import { VIEW_NAMES, type ViewName } from "./view-names.ts";

/** The parsed command line. Days and ids are as the caller wrote them: the service validates them. */
export interface ReportOptions {
  readonly service: URL;
  readonly token: string;
  readonly from: string;
  readonly to: string;
  /** Undefined for a filter that is not given. An empty one is sent, and the service refuses it. */
  readonly resellers: readonly string[] | undefined;
  readonly organizations: readonly string[] | undefined;
  /** What each line of the report shows. */
  readonly by: ViewName;
  /** The agents, for a report by agent. */
  readonly agentIds: readonly string[] | undefined;
  readonly format: "table" | "csv" | "json";
  readonly agents: boolean;
  readonly ids: boolean;
  readonly quiet: boolean;
  /** The total time to wait while the service is busy, in seconds. */
  readonly patience: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const TEXT = { type: "string", multiple: true } as const;
const FLAG = { type: "boolean", default: false } as const;

function parsed(args: readonly string[]) {
  const options = {
    from: TEXT,
    to: TEXT,
    reseller: TEXT,
    organization: TEXT,
    by: TEXT,
    agent: TEXT,
    url: TEXT,
    token: TEXT,
    wait: TEXT,
    agents: FLAG,
    ids: FLAG,
    csv: FLAG,
    json: FLAG,
    quiet: FLAG,
    help: FLAG,
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usage([error instanceof Error ? error.message : String(error)]);
  }
}

/**
 * Parses the command line, with the environment for missing values.
 *
 * @throws ReportFailure that lists everything that is wrong with the call
 */
export function readOptions(args: readonly string[], environment: Environment): ReportOptions | "help" {
  const values = parsed(args);
  if (values.help) return "help";
  const wrong: string[] = [];
  const once = (name: "from" | "to" | "by" | "url" | "token" | "wait") => {
    if ((values[name]?.length ?? 0) > 1) wrong.push(`Give --${name} once.`);
    return values[name]?.[0];
  };

  const from = once("from");
  const to = once("to");
  if (from === undefined) wrong.push("Give --from, the first day: --from 2026-04-01.");
  if (to === undefined) wrong.push("Give --to, the last day: --to 2026-04-30.");
  const by = viewNamed(once("by") ?? "organization", wrong);
  if (by === "agent" && values.agent === undefined) {
    wrong.push("--by agent needs --agent: the ids of the agents, as ID or ID,ID.");
  }
  if (by !== "agent" && values.agent !== undefined) wrong.push("--agent needs --by agent.");
  if (by !== "organization" && values.agents) wrong.push("--agents needs --by organization.");
  if (by === "day" && values.ids) wrong.push("--ids needs --by organization or --by agent.");
  if (values.csv && values.json) wrong.push("Give --csv or --json, not both.");
  if ((values.csv || values.json) && (values.agents || values.ids)) {
    wrong.push("--agents and --ids change the table. --csv and --json always contain both.");
  }
  const wait = once("wait") ?? "30";
  if (!/^[0-9]{1,5}$/.test(wait)) wrong.push("--wait takes a number of seconds.");
  const service = serviceAddress(once("url"), environment["MINUTES_URL"], wrong);
  const token = once("token") ?? environment["MINUTES_TOKEN"] ?? "";
  wrong.push(...wrongWith(token, service));
  if (wrong.length > 0 || service === undefined) throw usage(wrong);

  return {
    service,
    token,
    from: from ?? "",
    to: to ?? "",
    resellers: listed(values.reseller),
    organizations: listed(values.organization),
    by,
    agentIds: listed(values.agent),
    format: values.csv ? "csv" : values.json ? "json" : "table",
    agents: values.agents,
    ids: values.ids,
    quiet: values.quiet,
    patience: Number(wait),
  };
}

function viewNamed(name: string, wrong: string[]): ViewName {
  const known = VIEW_NAMES.find((view) => view === name);
  if (known === undefined) wrong.push(`--by takes ${VIEW_NAMES.join(", ")}.`);
  return known ?? "organization";
}

function listed(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(","));
}

/** Does not reveal the token. */
function wrongWith(token: string, service: URL | undefined): string[] {
  if (token === "") return ["Give a token: set MINUTES_TOKEN.", ...howToGetToken(service)];
  if (/^[\x21-\x7E]+$/.test(token)) return [];
  return ["The token contains blanks or other invalid characters. Give the token only, without Bearer."];
}

/** How to get a token for the local stack; nothing for another service, which has its own issuer. */
export function howToGetToken(service: URL | undefined): string[] {
  if (service === undefined || !isThisMachine(service)) return [];
  const port = service.port === "8787" ? "" : `--port ${service.port || "80"} `;
  return [
    "For the stack that npm start runs on this machine:",
    `  export MINUTES_TOKEN=$(npm run -s token -- ${port}--resellers ID[,ID])`,
  ];
}

function usage(wrong: readonly string[]): ReportFailure {
  return new ReportFailure(EXIT.request, [...wrong, "All options: voice-minutes report --help"]);
}
