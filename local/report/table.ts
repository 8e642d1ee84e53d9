import { addSeconds, minutesText, type Seconds, toSeconds } from "../../lib/minutes.ts";
import type { OrganizationUsage } from "../../lib/usage/fold.ts";
import type { Report } from "../../lib/usage/report.ts";
import { type Column, sideBySide } from "./columns.ts";
import { agentCount } from "./read-report.ts";
import { shown } from "./shown-text.ts";

export interface TableOptions {
  /** Each organization's agents beneath it. */
  readonly agents: boolean;
  /** The id beside each name. */
  readonly ids: boolean;
  /** Columns of the terminal that the names are cut to; undefined where they are left whole. */
  readonly width?: number | undefined;
}

interface Line {
  readonly name: string;
  readonly id: string;
  readonly reseller: string;
  readonly resellerId: string;
  readonly agents: string;
  readonly seconds: Seconds;
}

/** The report as a table for people, its last line ended too. The report's own order; every name made harmless. */
export function reportTable(report: Report, { agents, ids, width }: TableOptions): string {
  const total = totalOf(report.organizations);
  const lines = report.organizations.flatMap((organization) => linesOf(organization, agents));
  const all = [...lines, totalLine(report.organizations, total)];
  const resellers = new Map(report.organizations.map((entry) => [entry.resellerId, entry.resellerName]));
  const column = (title: string, cell: (line: Line) => string, align: Column["align"]): Column => ({
    title,
    align,
    cells: all.map(cell),
  });
  const columns = [
    { ...column("organization", ({ name }) => name, "left"), mayShrink: true },
    ...(ids ? [column("id", ({ id }) => id, "left")] : []),
    ...(resellers.size > 1
      ? [{ ...column("reseller", ({ reseller }) => reseller, "left"), mayShrink: true }]
      : []),
    ...(ids && resellers.size > 1 ? [column("reseller id", ({ resellerId }) => resellerId, "left")] : []),
    column("agents", (line) => line.agents, "right"),
    column("minutes", ({ seconds }) => minutesShown(seconds), "right"),
    column("share", ({ seconds }) => shareShown(seconds, total), "right"),
  ];
  const [titles = "", rule = "", ...rows] = sideBySide(columns, width);
  const body = [titles, rule, ...rows.slice(0, -1), ...(rows.length > 1 ? [rule] : []), ...rows.slice(-1)];
  return `${[...headingOf(report, resellers, ids), "", ...body].join("\n")}\n`;
}

function headingOf(
  { period }: Report,
  resellers: ReadonlyMap<string, string>,
  ids: boolean,
): readonly string[] {
  const days = period.start === period.end ? period.start : `${period.start} to ${period.end}`;
  const heading = `Voice minutes by organization, ${days} (UTC days${period.start === period.end ? "" : ", both included"})`;
  const [only] = resellers.size === 1 ? resellers : [];
  return only === undefined
    ? [heading]
    : [heading, `Reseller: ${shown(only[1])}${ids ? `  ${only[0]}` : ""}`];
}

function linesOf(organization: OrganizationUsage, withAgents: boolean): Line[] {
  const line = {
    name: shown(organization.organizationName),
    id: organization.organizationId,
    reseller: shown(organization.resellerName),
    resellerId: organization.resellerId,
    agents: grouped(String(agentCount(organization.agents))),
    seconds: organization.seconds,
  };
  if (!withAgents) return [line];
  const agents = organization.agents.map(({ agentId, agentName, seconds }) => ({
    name: `  ${shown(agentName)}`,
    id: agentId,
    reseller: "",
    resellerId: "",
    agents: "",
    seconds,
  }));
  return [line, ...agents];
}

function totalLine(organizations: readonly OrganizationUsage[], seconds: Seconds): Line {
  const agents = organizations.reduce((sum, organization) => sum + agentCount(organization.agents), 0);
  return { name: "Total", id: "", reseller: "", resellerId: "", agents: grouped(String(agents)), seconds };
}

function totalOf(organizations: readonly OrganizationUsage[]): Seconds {
  return organizations.reduce((sum, { seconds }) => addSeconds(sum, seconds), toSeconds(0));
}

/** Minutes with two decimals, and a comma before each three digits: `28,872.50`, wherever the machine stands. */
export function minutesShown(seconds: Seconds): string {
  const [whole = "", hundredths = ""] = minutesText(seconds).split(".");
  return `${grouped(whole)}.${hundredths.padEnd(2, "0")}`;
}

function grouped(digits: string): string {
  return digits.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ",");
}

/** The share of the total in percent; what is something is never shown as nothing, nor what is not all as all. */
function shareShown(seconds: Seconds, total: Seconds): string {
  if (total === 0) return "-";
  const share = ((seconds / total) * 100).toFixed(1);
  if (share === "0.0" && seconds > 0) return "<0.1%";
  if (share === "100.0" && seconds < total) return ">99.9%";
  return `${share}%`;
}
