import { parseArgs } from "node:util";
import {
  CONNECTION,
  type ConnectionOptions,
  type Environment,
  FLAG,
  onlyOne,
  readConnection,
  TEXT,
  usage,
} from "./connection-options.ts";
import { VIEW_NAMES, type ViewName } from "./view-names.ts";

/** The parsed command line. Days and ids are as the caller wrote them: the service validates them. */
export interface ReportOptions extends ConnectionOptions {
  readonly from: string;
  readonly to: string;
  /** Undefined for a filter that is not given. An empty one is sent, and the service refuses it. */
  readonly resellers: readonly string[] | undefined;
  readonly organizations: readonly string[] | undefined;
  /** What each line of the report shows. */
  readonly by: ViewName;
  /** The agents, for a report by agent. */
  readonly agentIds: readonly string[] | undefined;
  readonly agents: boolean;
  readonly ids: boolean;
}

function parsed(args: readonly string[]) {
  const options = {
    from: TEXT,
    to: TEXT,
    reseller: TEXT,
    organization: TEXT,
    by: TEXT,
    agent: TEXT,
    agents: FLAG,
    ids: FLAG,
    ...CONNECTION,
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usage("report", [error instanceof Error ? error.message : String(error)]);
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
  const from = onlyOne("from", values.from, wrong);
  const to = onlyOne("to", values.to, wrong);
  if (from === undefined) wrong.push("Give --from, the first day: --from 2026-04-01.");
  if (to === undefined) wrong.push("Give --to, the last day: --to 2026-04-30.");
  const by = viewNamed(onlyOne("by", values.by, wrong) ?? "organization", wrong);
  if (by === "agent" && values.agent === undefined) {
    wrong.push("--by agent needs --agent: the ids of the agents, as ID or ID,ID.");
  }
  if (by !== "agent" && values.agent !== undefined) wrong.push("--agent needs --by agent.");
  if (by !== "organization" && values.agents) wrong.push("--agents needs --by organization.");
  if (by === "day" && values.ids) wrong.push("--ids needs --by organization or --by agent.");
  if ((values.csv || values.json) && (values.agents || values.ids)) {
    wrong.push("--agents and --ids change the table. --csv and --json always contain both.");
  }
  const connection = readConnection(values, environment, wrong);
  if (wrong.length > 0 || connection === undefined) throw usage("report", wrong);

  return {
    ...connection,
    from: from ?? "",
    to: to ?? "",
    resellers: listed(values.reseller),
    organizations: listed(values.organization),
    by,
    agentIds: listed(values.agent),
    agents: values.agents,
    ids: values.ids,
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
