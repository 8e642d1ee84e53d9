import { addSeconds, minutesText, type Seconds, type SignedSeconds, toSeconds } from "../../lib/minutes.ts";
import type { Period } from "../../lib/period.ts";
import type { OrganizationReport } from "../../lib/reports/minutes-by-organization/organizations.ts";
import type { OrganizationUsage } from "../../lib/usage/fold.ts";
import { agentCount } from "../../lib/usage/fold.ts";
import { type Column, sideBySide } from "./columns.ts";
import { shown } from "./shown-text.ts";

export interface TableOptions {
  /** Whether to list each organization's agents below it. */
  readonly agents: boolean;
  /** Whether to show the id beside each name. */
  readonly ids: boolean;
  /** The width of the terminal, to which names are cut; undefined if they are not cut. */
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

/**
 * Renders the report as a table, in the report's order, with a line end after its last line. Names contain no control
 * characters.
 */
export function reportTable(report: OrganizationReport, { agents, ids, width }: TableOptions): string {
  const resellers = new Map(report.organizations.map((entry) => [entry.resellerId, entry.resellerName]));
  const lines = report.organizations.flatMap((organization) => linesOf(organization, agents));
  const total = totalLine(report.organizations);
  const columns = columnsOf([...lines, total], total.seconds, { ids, resellers: resellers.size > 1 });
  return tableText(headingOf(report, resellers, ids), columns, width);
}

/** Renders the heading, titles, lines and, below a rule, the total: the last cell of each column. */
export function tableText(heading: readonly string[], columns: readonly Column[], width?: number): string {
  const [titles = "", rule = "", ...rows] = sideBySide(columns, width);
  const body = [titles, rule, ...rows.slice(0, -1), ...(rows.length > 1 ? [rule] : []), ...rows.slice(-1)];
  return `${[...heading, "", ...body].join("\n")}\n`;
}

/** The heading: the subject of the table and its days. */
export function titleOf(what: string, { start, end }: Period): string {
  const days = start === end ? `${start} (UTC day)` : `${start} to ${end} (UTC days, both included)`;
  return `${what}, ${days}`;
}

function columnsOf(
  lines: readonly Line[],
  total: Seconds,
  { ids, resellers }: { readonly ids: boolean; readonly resellers: boolean },
): Column[] {
  const column = (title: string, align: Column["align"], cell: (line: Line) => string): Column => ({
    title,
    align,
    cells: lines.map(cell),
  });
  const names = (title: string, cell: (line: Line) => string) => ({
    ...column(title, "left", cell),
    mayShrink: true,
  });
  return [
    names("organization", ({ name }) => name),
    ...(ids ? [column("id", "left", ({ id }) => id)] : []),
    ...(resellers ? [names("reseller", ({ reseller }) => reseller)] : []),
    ...(resellers && ids ? [column("reseller id", "left", ({ resellerId }) => resellerId)] : []),
    column("agents", "right", ({ agents }) => agents),
    column("minutes", "right", ({ seconds }) => minutesShown(seconds)),
    column("share", "right", ({ seconds }) => shareShown(seconds, total)),
  ];
}

/** The period. If there is only one reseller, also the reseller, which then needs no column. */
function headingOf(
  { period }: OrganizationReport,
  resellers: ReadonlyMap<string, string>,
  ids: boolean,
): string[] {
  const heading = [titleOf("Voice minutes by organization", period)];
  if (resellers.size !== 1) return heading;
  const names = [...resellers].map(([id, name]) => `Reseller: ${shown(name)}${ids ? `  ${id}` : ""}`);
  return [...heading, ...names];
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

function totalLine(organizations: readonly OrganizationUsage[]): Line {
  const agents = organizations.reduce((sum, organization) => sum + agentCount(organization.agents), 0);
  const seconds = organizations.reduce((sum, entry) => addSeconds(sum, entry.seconds), toSeconds(0));
  return { name: "Total", id: "", reseller: "", resellerId: "", agents: grouped(String(agents)), seconds };
}

/** Renders minutes with two decimals and a comma before each three digits: `28,872.50`, in every locale. */
export function minutesShown(seconds: SignedSeconds): string {
  const [whole = "", hundredths = ""] = minutesText(seconds).split(".");
  return `${grouped(whole)}.${hundredths.padEnd(2, "0")}`;
}

export function grouped(digits: string): string {
  return digits.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ",");
}

/** Renders the share of the total in percent. A nonzero share is never shown as 0%, nor a partial one as 100%. */
export function shareShown(seconds: Seconds, total: Seconds): string {
  if (total === 0) return "-";
  const share = ((seconds / total) * 100).toFixed(1);
  if (share === "0.0" && seconds > 0) return "<0.1%";
  if (share === "100.0" && seconds < total) return ">99.9%";
  return `${share}%`;
}
