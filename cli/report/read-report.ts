import * as z from "zod";
import { isUuid } from "../../lib/ids.ts";
import { minutesText, type Seconds, toSeconds } from "../../lib/minutes.ts";
import { isDay, type Period } from "../../lib/period.ts";
import type { OrganizationReport } from "../../lib/reports/minutes-by-organization/organizations.ts";
import { textThat } from "../../lib/schema.ts";
import { type AgentUsage, agentCount } from "../../lib/usage/fold.ts";
import { EXIT, ReportFailure } from "./failure.ts";

export const id = textThat(isUuid, "not a UUID in lower case");
export const day = textThat(isDay, "not a calendar day");

/** Minutes, read back into the exact seconds that they were made of. */
export const minutes = z.number().transform((figure, context): Seconds => {
  const seconds = Math.round(figure * 60);
  if (Number.isSafeInteger(seconds) && seconds >= 0) {
    const exact = toSeconds(seconds);
    if (Number(minutesText(exact)) === figure) return exact;
  }
  context.issues.push({ code: "custom", message: "not the minutes of whole seconds", input: figure });
  return z.NEVER;
});

/** What a check says that the checks after it need not look at. */
export function wrong(error: string) {
  return { error, abort: true };
}

const agent = z.object({ agent_id: id, agent_name: z.string(), voice_minutes: minutes }).transform(
  ({ agent_id, agent_name, voice_minutes }): AgentUsage => ({
    agentId: agent_id,
    agentName: agent_name,
    seconds: voice_minutes,
  }),
);

const organization = z
  .object({
    organization_id: id,
    organization_name: z.string(),
    reseller_id: id,
    reseller_name: z.string(),
    total_voice_minutes: minutes,
    agent_count: z.int(),
    agents: z.array(agent),
  })
  .refine(
    ({ agents, agent_count }) => agentCount(agents) === agent_count,
    wrong("the agents are not agent_count"),
  )
  .refine(
    ({ agents, total_voice_minutes: total }) =>
      agents.reduce((sum, { seconds }) => sum + BigInt(seconds), 0n) === BigInt(total),
    wrong("the agents' minutes are not the organization's"),
  )
  .transform((entry) => ({
    organizationId: entry.organization_id,
    organizationName: entry.organization_name,
    resellerId: entry.reseller_id,
    resellerName: entry.reseller_name,
    seconds: entry.total_voice_minutes,
    agents: entry.agents,
  }));

const report = z
  .object({ data: z.array(organization), period: z.object({ start_date: day, end_date: day }) })
  .refine(({ data }) => isExact(data), wrong("the total is beyond the exact numbers"))
  .transform(
    ({ data, period }): OrganizationReport => ({
      organizations: data,
      period: { start: period.start_date, end: period.end_date },
    }),
  );

/** Whether the entries' seconds add up to an exact number. */
export function isExact(entries: readonly { readonly seconds: Seconds }[]): boolean {
  return entries.reduce((sum, { seconds }) => sum + BigInt(seconds), 0n) <= Number.MAX_SAFE_INTEGER;
}

/** The days that were asked for. */
export interface Asked {
  readonly from: string;
  readonly to: string;
}

/**
 * Reads the API's JSON, and believes it only where it is what the contract says: the period that was asked for,
 * minutes of whole seconds, and agents that add up to their organization.
 *
 * @throws ReportFailure which says what is not so
 */
export function readReport(json: string, asked: Asked): OrganizationReport {
  return readAnswer(report, json, asked);
}

/** Reads the API's JSON with a schema. @throws ReportFailure which says what is not so */
export function readAnswer<Read extends { readonly period: Period }>(
  schema: z.ZodType<Read>,
  json: string,
  asked: Asked,
): Read {
  const read = schema.safeParse(parsed(json));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw notAReport(`${(issue?.path ?? []).join(".") || "the whole"}: ${issue?.message ?? "unknown"}`);
  }
  const { start, end } = read.data.period;
  if (start !== asked.from || end !== asked.to) throw notAReport(`it is of ${start} to ${end}`);
  return read.data;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw notAReport("it is no JSON", error);
  }
}

function notAReport(reason: string, cause?: unknown): ReportFailure {
  const advice = "Nothing of it is shown. Does --url name this service?";
  return new ReportFailure(
    EXIT.fault,
    [`The answer is not the report that was asked for: ${reason}.`, advice],
    {
      cause,
    },
  );
}
