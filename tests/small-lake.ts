/** Lakes of a few records, for cases whose figures are computed by hand. */
import type {
  AgentRecord,
  CallRecord,
  Lake,
  OrganizationRecord,
  ResellerRecord,
} from "../local/lake/records.ts";
import { expectedReport, type Question } from "./oracle.ts";

/** The agent of the calls without an agent. */
export const NIL = "00000000-0000-0000-0000-000000000000";

/** One reseller, one organization, one agent, with short ids, so that a case is easy to read. */
export const DIRECTORY = {
  resellers: [{ reseller_id: "r1", internal_id: "R-1", name: "Northwind" }],
  organizations: [{ organization_id: "o1", internal_id: "O-1", name: "Acme", reseller_id: "r1" }],
  agents: [agent({ agent_id: "a1", external_id: "X-1", internal_id: "A-1", name: "Ann" })],
};
/** No directory at all. */
export const EMPTY = { resellers: [], organizations: [], agents: [] };

/** A call of one minute by agent a1 of o1 of r1 on 2026-04-10, with these overrides. */
export function call(overrides: Partial<CallRecord> & { call_id: string }): CallRecord {
  const started_at = overrides.started_at ?? new Date("2026-04-10T09:00:00.000Z");
  return {
    reseller_id: "r1",
    organization_id: "o1",
    agent_id: "a1",
    started_at,
    duration_seconds: 60n,
    recorded_at: new Date("2026-04-10T10:00:00.000Z"),
    dt: started_at.toISOString().slice(0, 10),
    ...overrides,
  };
}

/** A directory row without names under o1 of r1, with these overrides. */
export function agent(overrides: Partial<AgentRecord> & { agent_id: string }): AgentRecord {
  const names = { external_id: null, internal_id: null, name: null };
  return { organization_id: "o1", reseller_id: "r1", ...names, ...overrides };
}

/** A directory row without names under r1, with these overrides. */
export function organization(
  overrides: Partial<OrganizationRecord> & { organization_id: string },
): OrganizationRecord {
  return { internal_id: null, name: null, reseller_id: "r1", ...overrides };
}

/** A directory row without names, with these overrides. */
export function reseller(overrides: Partial<ResellerRecord> & { reseller_id: string }): ResellerRecord {
  return { internal_id: null, name: null, ...overrides };
}

/** April 2026, requested by r1. */
export const QUESTION: Question = { resellers: ["r1"], start_date: "2026-04-01", end_date: "2026-04-30" };

/** A lake of these calls with this directory. */
export function lakeOf(calls: readonly CallRecord[], directory: Partial<Lake> = DIRECTORY): Lake {
  return { ...EMPTY, ...directory, call_usage: calls };
}

/** The report in a short form: `reseller/organization total [agent minutes …]`. */
export function figures(lake: Lake, question: Partial<Question> = {}): string[] {
  return expectedReport(lake, { ...QUESTION, ...question }).data.map(
    (entry) =>
      `${entry.reseller_id}/${entry.organization_id} ${entry.total_voice_minutes} ` +
      `[${entry.agents.map((line) => `${line.agent_id === NIL ? "nil" : line.agent_id} ${line.voice_minutes}`).join(", ")}]`,
  );
}
