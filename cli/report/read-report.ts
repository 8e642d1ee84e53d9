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

/** Minutes, converted back to the exact seconds that they were rendered from. */
export const minutes = z.number().transform((figure, context): Seconds => {
  const seconds = Math.round(figure * 60);
  if (Number.isSafeInteger(seconds) && seconds >= 0) {
    const exact = toSeconds(seconds);
    if (Number(minutesText(exact)) === figure) return exact;
  }
  context.issues.push({ code: "custom", message: "not minutes of whole seconds", input: figure });
  return z.NEVER;
});

/** The error after which later checks are skipped. */
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
    wrong("agent_count is not the number of agents"),
  )
  .refine(
    ({ agents, total_voice_minutes: total }) =>
      agents.reduce((sum, { seconds }) => sum + BigInt(seconds), 0n) === BigInt(total),
    wrong("the agents' minutes do not add up to the organization's"),
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
  .refine(({ data }) => isExact(data), wrong("the total is too large to be exact"))
  .transform(
    ({ data, period }): OrganizationReport => ({
      organizations: data,
      period: { start: period.start_date, end: period.end_date },
    }),
  );

/** Whether the sum of the entries' seconds is exact. */
export function isExact(entries: readonly { readonly seconds: Seconds }[]): boolean {
  return entries.reduce((sum, { seconds }) => sum + BigInt(seconds), 0n) <= Number.MAX_SAFE_INTEGER;
}

/** The requested days. */
export interface Asked {
  readonly from: string;
  readonly to: string;
}

/**
 * Reads the API's JSON. Accepts only what the contract promises: the requested period, minutes of whole seconds, and
 * agents that add up to their organization.
 *
 * @throws ReportFailure that says what is wrong
 */
export function readReport(json: string, asked: Asked): OrganizationReport {
  return readAnswer(report, json, asked);
}

/** Reads the API's JSON with a schema. @throws ReportFailure that says what is wrong */
export function readAnswer<Read extends { readonly period: Period }>(
  schema: z.ZodType<Read>,
  json: string,
  asked: Asked,
): Read {
  const read = readJson(schema, json, "report");
  const { start, end } = read.period;
  if (start !== asked.from || end !== asked.to)
    throw notWhatWasAsked("report", `it covers ${start} to ${end}`);
  return read;
}

/**
 * Reads the API's JSON with a schema.
 *
 * @param what the answer should be, in an error: "report"
 * @throws ReportFailure that says what is wrong
 */
export function readJson<Read>(schema: z.ZodType<Read>, json: string, what: string): Read {
  const read = schema.safeParse(parsed(json, what));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = (issue?.path ?? []).join(".") || "the whole answer";
  throw notWhatWasAsked(what, `${place}: ${issue?.message ?? "unknown"}`);
}

function parsed(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw notWhatWasAsked(what, "it is not JSON", error);
  }
}

/** An answer that must not be shown. */
export function notWhatWasAsked(what: string, reason: string, cause?: unknown): ReportFailure {
  const lines = [
    `The answer is not the requested ${what}: ${reason}.`,
    "Nothing of it is shown. Does --url name this service?",
  ];
  return new ReportFailure(EXIT.fault, lines, { cause });
}
