/** What the minutes by agent and by day must contain, like `oracle.ts` for the minutes by organization. */
import type { Lake } from "../local/lake/records.ts";
import {
  ascending,
  cell,
  descending,
  entryKey,
  NIL_UUID,
  namesOf,
  type Owned,
  type Question,
  recordsThatCount,
  shownName,
  toMinutes,
  wantedBy,
} from "./oracle.ts";

export interface AgentQuestion extends Question {
  readonly agent_ids: readonly string[];
}

interface Tally extends Owned {
  readonly agent_id: string;
  seconds: bigint;
  calls: number;
}

/** Every requested agent, with exact seconds, in the report's order. */
function agentEntries(lake: Lake, question: AgentQuestion) {
  const isWanted = wantedBy(question);
  const asked = new Set(question.agent_ids.map((id) => id.toLowerCase()).filter((id) => id !== NIL_UUID));
  const tallies = new Map<string, Tally>();
  const tallyOf = (owner: Owned, agent_id: string): Tally => {
    const key = `${entryKey(owner)}/${agent_id}`;
    const { reseller_id, organization_id } = owner;
    const tally = tallies.get(key) ?? { reseller_id, organization_id, agent_id, seconds: 0n, calls: 0 };
    tallies.set(key, tally);
    return tally;
  };
  const present = new Set(lake.organizations.map(entryKey));
  for (const agent of lake.agents) {
    if (isWanted(agent) && present.has(entryKey(agent)) && asked.has(agent.agent_id)) {
      tallyOf(agent, agent.agent_id);
    }
  }
  for (const record of recordsThatCount(lake.call_usage, question)) {
    if (!isWanted(record) || record.agent_id === null || !asked.has(record.agent_id)) continue;
    const tally = tallyOf(record, record.agent_id);
    const duration = record.duration_seconds ?? 0n;
    tally.seconds += duration > 0n ? duration : 0n;
    tally.calls += 1;
  }
  const names = namesOf(lake);
  return [...tallies.values()]
    .map((tally) => ({
      ...tally,
      agent_name: shownName(names.agents.get(`${entryKey(tally)}/${tally.agent_id}`), tally.agent_id),
      organization_name: shownName(names.organizations.get(entryKey(tally)), tally.organization_id),
      reseller_name: shownName(names.resellers.get(tally.reseller_id), tally.reseller_id),
    }))
    .sort(
      (a, b) =>
        descending(a.seconds, b.seconds) ||
        ascending(a.agent_name, b.agent_name) ||
        ascending(a.agent_id, b.agent_id) ||
        ascending(a.organization_id, b.organization_id) ||
        ascending(a.reseller_id, b.reseller_id),
    );
}

/** The JSON text of the minutes by agent. */
export function expectedAgents(lake: Lake, question: AgentQuestion): string {
  const data = agentEntries(lake, question).map((entry) => ({
    agent_id: entry.agent_id,
    agent_name: entry.agent_name,
    reseller_name: entry.reseller_name,
    total_minutes: toMinutes(entry.seconds),
    call_count: entry.calls,
    organization_id: entry.organization_id,
    organization_name: entry.organization_name,
    reseller_id: entry.reseller_id,
  }));
  return JSON.stringify({ data, period: periodOf(question) });
}

/** The CSV of the minutes by agent. */
export function expectedAgentsCsv(lake: Lake, question: AgentQuestion): string {
  const header =
    "agent_id,agent_name,reseller_name,total_minutes,call_count,organization_id,organization_name,reseller_id,voice_seconds";
  const lines = agentEntries(lake, question).map((entry) =>
    [
      entry.agent_id,
      cell(entry.agent_name),
      cell(entry.reseller_name),
      String(toMinutes(entry.seconds)),
      String(entry.calls),
      entry.organization_id,
      cell(entry.organization_name),
      entry.reseller_id,
      String(entry.seconds),
    ].join(","),
  );
  return [header, ...lines].map((line) => `${line}\r\n`).join("");
}

/** Every day of the range with its exact seconds. */
export function dayEntries(lake: Lake, question: Question) {
  const isWanted = wantedBy(question);
  const records = [...recordsThatCount(lake.call_usage, question)].filter(isWanted);
  const entries: { date: string; seconds: bigint; calls: number }[] = [];
  for (
    let at = Date.parse(question.start_date);
    at <= Date.parse(question.end_date);
    at += 24 * 60 * 60 * 1_000
  ) {
    const date = new Date(at).toISOString().slice(0, 10);
    const ofDay = records.filter(({ dt }) => dt === date);
    const durations = ofDay.map(({ duration_seconds }) => duration_seconds ?? 0n);
    const seconds = durations.reduce((sum, duration) => sum + (duration > 0n ? duration : 0n), 0n);
    entries.push({ date, seconds, calls: ofDay.length });
  }
  return entries;
}

/** The JSON text of the minutes by day. */
export function expectedDays(lake: Lake, question: Question): string {
  const data = dayEntries(lake, question).map(({ date, seconds, calls }) => ({
    date,
    total_voice_minutes: toMinutes(seconds),
    call_count: calls,
  }));
  return JSON.stringify({ data, period: periodOf(question) });
}

/** The CSV of the minutes by day. */
export function expectedDaysCsv(lake: Lake, question: Question): string {
  const lines = dayEntries(lake, question).map(
    ({ date, seconds, calls }) => `${date},${toMinutes(seconds)},${calls},${seconds}`,
  );
  return ["date,total_voice_minutes,call_count,voice_seconds", ...lines]
    .map((line) => `${line}\r\n`)
    .join("");
}

function periodOf({ start_date, end_date }: Question) {
  return { start_date, end_date };
}
