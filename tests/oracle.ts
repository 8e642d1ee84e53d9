/**
 * Computes what the report must contain from the records one by one: plain loops, no SQL, no code of the service. It
 * is slow and obvious on purpose; tests compare the service's answers with it.
 */
import type { CallRecord, Lake } from "../local/lake/records.ts";

/** A request as the service understands it, and the resellers of the caller's claim. */
export interface Question {
  readonly resellers: readonly string[];
  readonly start_date: string;
  readonly end_date: string;
  readonly organization_ids?: readonly string[] | undefined;
  readonly reseller_ids?: readonly string[] | undefined;
}

/** A line of `agents` with its exact seconds. */
export interface ExpectedAgent {
  readonly agent_id: string;
  readonly agent_name: string;
  readonly seconds: bigint;
}

/** An entry of `data` with its exact seconds. */
export interface ExpectedOrganization {
  readonly organization_id: string;
  readonly organization_name: string;
  readonly reseller_id: string;
  readonly reseller_name: string;
  readonly seconds: bigint;
  readonly agents: readonly ExpectedAgent[];
}

/** The JSON document of a 200, its members in the contract's order. */
export interface ExpectedReport {
  readonly data: readonly {
    readonly organization_id: string;
    readonly organization_name: string;
    readonly reseller_id: string;
    readonly reseller_name: string;
    readonly total_voice_minutes: number;
    readonly agent_count: number;
    readonly agents: readonly {
      readonly agent_id: string;
      readonly agent_name: string;
      readonly voice_minutes: number;
    }[];
  }[];
  readonly period: { readonly start_date: string; readonly end_date: string };
}

/** The id of the calls without an agent. */
export const NIL_UUID = "00000000-0000-0000-0000-000000000000";

/** The document of the 200 to the request: `JSON.stringify` gives the expected body exactly. */
export function expectedReport(lake: Lake, question: Question): ExpectedReport {
  return {
    data: expectedOrganizations(lake, question).map((organization) => ({
      organization_id: organization.organization_id,
      organization_name: organization.organization_name,
      reseller_id: organization.reseller_id,
      reseller_name: organization.reseller_name,
      total_voice_minutes: toMinutes(organization.seconds),
      agent_count: organization.agents.filter((agent) => agent.agent_id !== NIL_UUID).length,
      agents: organization.agents.map((agent) => ({
        agent_id: agent.agent_id,
        agent_name: agent.agent_name,
        voice_minutes: toMinutes(agent.seconds),
      })),
    })),
    period: { start_date: question.start_date, end_date: question.end_date },
  };
}

/** The CSV text of the 200 to the request. Cells are quoted only if necessary. */
export function expectedCsv(lake: Lake, question: Question): string {
  const header =
    "organization_id,organization_name,reseller_id,reseller_name,agent_id,agent_name,voice_minutes,voice_seconds,start_date,end_date";
  const lines = expectedOrganizations(lake, question).flatMap((organization) => {
    const agents =
      organization.agents.length > 0 ? organization.agents : [{ agent_id: "", agent_name: "", seconds: 0n }];
    return agents.map((agent) =>
      [
        organization.organization_id,
        cell(organization.organization_name),
        organization.reseller_id,
        cell(organization.reseller_name),
        agent.agent_id,
        agent.agent_id === "" ? "" : cell(agent.agent_name),
        String(toMinutes(agent.seconds)),
        String(agent.seconds),
        question.start_date,
        question.end_date,
      ].join(","),
    );
  });
  return [header, ...lines].map((line) => `${line}\r\n`).join("");
}

/** The entries of `data`, sorted, with exact seconds instead of minutes. */
export function expectedOrganizations(lake: Lake, question: Question): ExpectedOrganization[] {
  const isWanted = wantedBy(question);
  const entries = new Map<string, Entry>();
  const entryOf = (owner: Owned): Entry => {
    const key = entryKey(owner);
    const { organization_id, reseller_id } = owner;
    const entry: Entry = entries.get(key) ?? { organization_id, reseller_id, secondsByAgent: new Map() };
    entries.set(key, entry);
    return entry;
  };

  for (const organization of lake.organizations) {
    if (isWanted(organization)) entryOf(organization);
  }
  const present = new Set(lake.organizations.map(entryKey));
  for (const agent of lake.agents) {
    if (!isWanted(agent) || !present.has(entryKey(agent)) || agent.agent_id === NIL_UUID) continue;
    addSeconds(entryOf(agent), agent.agent_id, 0n);
  }
  for (const call of recordsThatCount(lake.call_usage, question)) {
    if (!isWanted(call)) continue;
    const duration = call.duration_seconds ?? 0n;
    addSeconds(entryOf(call), call.agent_id ?? NIL_UUID, duration > 0n ? duration : 0n);
  }

  const names = namesOf(lake);
  return [...entries.values()]
    .map((entry) => finish(entry, names))
    .sort(
      (a, b) =>
        descending(a.seconds, b.seconds) ||
        ascending(a.organization_name, b.organization_name) ||
        ascending(a.organization_id, b.organization_id) ||
        ascending(a.reseller_id, b.reseller_id),
    );
}

/** Anything that belongs to an organization of a reseller: an organization's own row, an agent's, a call. */
export interface Owned {
  readonly reseller_id: string;
  readonly organization_id: string;
}

interface Entry extends Owned {
  readonly secondsByAgent: Map<string, bigint>;
}

export function entryKey({ organization_id, reseller_id }: Owned): string {
  return `${reseller_id}/${organization_id}`;
}

function addSeconds(entry: Entry, agentId: string, seconds: bigint): void {
  entry.secondsByAgent.set(agentId, (entry.secondsByAgent.get(agentId) ?? 0n) + seconds);
}

/** Filters narrow the claim, never widen it. If there are two, both apply. */
export function wantedBy(question: Question): (owned: Owned) => boolean {
  const claim = new Set(question.resellers.map((id) => id.toLowerCase()));
  const resellers = question.reseller_ids && new Set(question.reseller_ids.map((id) => id.toLowerCase()));
  const organizations =
    question.organization_ids && new Set(question.organization_ids.map((id) => id.toLowerCase()));
  return ({ organization_id, reseller_id }) =>
    claim.has(reseller_id) &&
    (resellers === undefined || resellers.has(reseller_id)) &&
    (organizations === undefined || organizations.has(organization_id));
}

/**
 * Chooses one record for each call of the period, before any filter. A call is its day and its id: the same id on
 * another day is another call.
 */
export function recordsThatCount(
  records: readonly CallRecord[],
  { start_date, end_date }: Pick<Question, "start_date" | "end_date">,
): Iterable<CallRecord> {
  const chosen = new Map<string, CallRecord>();
  for (const record of records) {
    if (record.dt < start_date || record.dt > end_date) continue;
    const key = `${record.dt} ${record.call_id}`;
    const rival = chosen.get(key);
    if (rival === undefined || takesPrecedence(record, rival)) chosen.set(key, record);
  }
  return chosen.values();
}

/**
 * Later `recorded_at` first; then the larger duration, null last; then the other columns ascending, null last.
 * Records that are equal in all of them are the same.
 */
function takesPrecedence(a: CallRecord, b: CallRecord): boolean {
  const order =
    descending(a.recorded_at.getTime(), b.recorded_at.getTime()) ||
    nullLast(a.duration_seconds, b.duration_seconds, descending) ||
    ascending(a.reseller_id, b.reseller_id) ||
    ascending(a.organization_id, b.organization_id) ||
    nullLast(a.agent_id, b.agent_id, ascending) ||
    ascending(a.started_at.getTime(), b.started_at.getTime());
  return order < 0;
}

/** By key: the candidates for the name, the best first; each may be null or blank. */
type Candidates = ReadonlyMap<string, readonly (string | null)[]>;

/** Keeps an agent's names only under an existing organization. */
export function namesOf(lake: Lake) {
  const present = new Set(lake.organizations.map(entryKey));
  const agents = lake.agents.filter((row) => present.has(entryKey(row)));
  return {
    resellers: collapse(
      lake.resellers,
      (row) => row.reseller_id,
      (row) => [row.name, row.internal_id],
    ),
    organizations: collapse(lake.organizations, entryKey, (row) => [row.name, row.internal_id]),
    agents: collapse(
      agents,
      (row) => `${entryKey(row)}/${row.agent_id}`,
      (row) => [row.name, row.external_id, row.internal_id],
    ),
  };
}

/** Merges the rows of each key: each column gets its largest value. */
function collapse<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  columnsOf: (row: Row) => readonly (string | null)[],
): Candidates {
  const collapsed = new Map<string, readonly (string | null)[]>();
  for (const row of rows) {
    const columns = columnsOf(row);
    const before = collapsed.get(keyOf(row));
    collapsed.set(
      keyOf(row),
      columns.map((value, index) => larger(value, before?.[index] ?? null)),
    );
  }
  return collapsed;
}

/** Like the engine's `max()`: ignores null, compares texts by their UTF-8 bytes. */
function larger(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) >= 0 ? a : b;
}

function finish(entry: Entry, names: ReturnType<typeof namesOf>): ExpectedOrganization {
  const key = entryKey(entry);
  const agents = [...entry.secondsByAgent]
    .filter(([agentId, seconds]) => agentId !== NIL_UUID || seconds > 0n)
    .map(([agentId, seconds]) => ({
      agent_id: agentId,
      agent_name:
        agentId === NIL_UUID ? "Unassigned" : shownName(names.agents.get(`${key}/${agentId}`), agentId),
      seconds,
    }))
    .sort(
      (a, b) =>
        descending(a.seconds, b.seconds) ||
        ascending(a.agent_name, b.agent_name) ||
        ascending(a.agent_id, b.agent_id),
    );
  return {
    organization_id: entry.organization_id,
    organization_name: shownName(names.organizations.get(key), entry.organization_id),
    reseller_id: entry.reseller_id,
    reseller_name: shownName(names.resellers.get(entry.reseller_id), entry.reseller_id),
    seconds: agents.reduce((sum, agent) => sum + agent.seconds, 0n),
    agents,
  };
}

/** The first candidate that is not blank, untrimmed; else the id. */
export function shownName(candidates: readonly (string | null)[] | undefined, id: string): string {
  return candidates?.find((name) => name !== null && name.trim() !== "") ?? id;
}

/** Renders seconds as minutes, rounded to the nearest hundredth in integers. */
export function toMinutes(seconds: bigint): number {
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${seconds} seconds are no answer but a 500`);
  const hundredths = (10n * seconds + 3n) / 6n;
  return Number(`${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`);
}

/** A name in the CSV: in quotes, and with a `'` wherever a spreadsheet could begin a cell with a formula. */
export function cell(text: string): string {
  let written = "";
  for (let at = 0; at < text.length; at += 1) {
    let next = at;
    while (text[next] === "'" || text[next] === '"') next += 1;
    const beginsCell = at === 0 || ";\t\r\n".includes(text.charAt(at - 1));
    const isFormula = next < text.length && "=+-@\t\r\n＝＋－＠".includes(text.charAt(next));
    if (beginsCell && isFormula) written += "'";
    written += text.charAt(at);
  }
  return `"${written.replaceAll('"', '""')}"`;
}

/** Compares texts by code units, never by a locale. */
export function ascending<T extends string | number | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function descending<T extends string | number | bigint>(a: T, b: T): number {
  return ascending(b, a);
}

function nullLast<T>(a: T | null, b: T | null, compare: (a: T, b: T) => number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}
