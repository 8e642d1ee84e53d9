import * as z from "zod";
import { addSeconds, toSeconds } from "../../lib/minutes.ts";
import type { AgentReport } from "../../lib/reports/minutes-by-agent/agents.ts";
import type { Column } from "./columns.ts";
import { type Asked, day, id, isExact, minutes, readAnswer, wrong } from "./read-report.ts";
import { shown } from "./shown-text.ts";
import { grouped, minutesShown, shareShown, type TableOptions, tableText, titleOf } from "./table.ts";

const agent = z
  .object({
    agent_id: id,
    agent_name: z.string(),
    reseller_name: z.string(),
    total_minutes: minutes,
    call_count: z.int().min(0),
    organization_id: id,
    organization_name: z.string(),
    reseller_id: id,
  })
  .transform((entry) => ({
    agentId: entry.agent_id,
    agentName: entry.agent_name,
    resellerId: entry.reseller_id,
    resellerName: entry.reseller_name,
    organizationId: entry.organization_id,
    organizationName: entry.organization_name,
    seconds: entry.total_minutes,
    calls: entry.call_count,
  }));

const report = z
  .object({ data: z.array(agent), period: z.object({ start_date: day, end_date: day }) })
  .refine(({ data }) => isExact(data), wrong("the total is too large to be exact"))
  .transform(
    ({ data, period }): AgentReport => ({
      agents: data,
      period: { start: period.start_date, end: period.end_date },
    }),
  );

/** Reads the minutes by agent. @throws ReportFailure that says what is wrong */
export function readAgents(json: string, asked: Asked): AgentReport {
  return readAnswer(report, json, asked);
}

/** Renders the report as a table, with a line end after its last line. */
export function agentsTable({ agents, period }: AgentReport, { ids, width }: TableOptions): string {
  const seconds = agents.reduce((sum, entry) => addSeconds(sum, entry.seconds), toSeconds(0));
  const calls = agents.reduce((sum, entry) => sum + entry.calls, 0);
  const names = (
    title: string,
    of: (entry: AgentReport["agents"][number]) => string,
    total = "",
  ): Column => ({
    title,
    align: "left",
    cells: [...agents.map((entry) => shown(of(entry))), total],
    mayShrink: true,
  });
  const figures = (title: string, of: (entry: AgentReport["agents"][number]) => string, total: string) =>
    ({ title, align: "right", cells: [...agents.map(of), total] }) as const;
  const columns: Column[] = [
    names("agent", ({ agentName }) => agentName, "Total"),
    ...(ids ? [{ ...names("id", ({ agentId }) => agentId), mayShrink: false }] : []),
    names("organization", ({ organizationName }) => organizationName),
    ...(ids
      ? [{ ...names("organization id", ({ organizationId }) => organizationId), mayShrink: false }]
      : []),
    names("reseller", ({ resellerName }) => resellerName),
    ...(ids ? [{ ...names("reseller id", ({ resellerId }) => resellerId), mayShrink: false }] : []),
    figures("calls", (entry) => grouped(String(entry.calls)), grouped(String(calls))),
    figures("minutes", (entry) => minutesShown(entry.seconds), minutesShown(seconds)),
    figures("share", (entry) => shareShown(entry.seconds, seconds), shareShown(seconds, seconds)),
  ];
  return tableText([titleOf("Voice minutes by agent", period)], columns, width);
}
