import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallRecord, Lake } from "../local/lake/records.ts";
import { BLANKS, generatedLake, generatedQuestion, POOL } from "./generated-lake.ts";
import { expectedOrganizations, type Question } from "./oracle.ts";

const LAKES = fc.sample(generatedLake, { numRuns: 300, seed: 1 });
const QUESTIONS = fc.sample(generatedQuestion, { numRuns: 300, seed: 1 });

/** The records of each call that is delivered more than once. */
function repeated(lake: Lake): CallRecord[][] {
  const calls = Map.groupBy(lake.call_usage, (record) => record.call_id);
  return [...calls.values()].filter((records) => records.length > 1);
}

function somePair(lake: Lake, holds: (a: CallRecord, b: CallRecord) => boolean): boolean {
  return repeated(lake).some((records) =>
    records.some((a, i) => records.some((b, j) => i !== j && holds(a, b))),
  );
}

function isCopy(a: CallRecord, b: CallRecord): boolean {
  return toText(a) === toText(b);
}

function isLater(a: CallRecord, b: CallRecord): boolean {
  return a.recorded_at > b.recorded_at;
}

function isTie(a: CallRecord, b: CallRecord): boolean {
  return a.recorded_at.getTime() === b.recorded_at.getTime() && !isCopy(a, b);
}

function toText(record: CallRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

function isDoubled<Row>(rows: readonly Row[], keyOf: (row: Row) => string): boolean {
  return new Set(rows.map(keyOf)).size < rows.length;
}

function ownersOf(lake: Lake): Set<string> {
  return new Set(lake.organizations.map((row) => `${row.reseller_id}/${row.organization_id}`));
}

const HARD_CASES: Record<string, (lake: Lake) => boolean> = {
  "an exact copy": (lake) => somePair(lake, isCopy),
  "an exact copy of a call without agent": (lake) =>
    somePair(lake, (a, b) => isCopy(a, b) && a.agent_id === null),
  "a correction that moves the call to another reseller": (lake) =>
    somePair(lake, (a, b) => isLater(a, b) && a.reseller_id !== b.reseller_id),
  "a correction that moves the call to another organization": (lake) =>
    somePair(lake, (a, b) => isLater(a, b) && a.organization_id !== b.organization_id),
  "a correction that takes the agent off": (lake) =>
    somePair(lake, (a, b) => isLater(a, b) && a.agent_id === null && b.agent_id !== null),
  "a correction to a smaller duration": (lake) =>
    somePair(lake, (a, b) => isLater(a, b) && (a.duration_seconds ?? 0n) < (b.duration_seconds ?? 0n)),
  "a tie in recorded_at": (lake) => somePair(lake, isTie),
  "a tie between an agent and none": (lake) =>
    somePair(
      lake,
      (a, b) =>
        isTie(a, b) &&
        a.duration_seconds === b.duration_seconds &&
        a.agent_id === null &&
        b.agent_id !== null,
    ),
  "a tie between a duration and null": (lake) =>
    somePair(lake, (a, b) => isTie(a, b) && a.duration_seconds === null && b.duration_seconds !== null),
  "a tie between null durations": (lake) =>
    somePair(lake, (a, b) => isTie(a, b) && a.duration_seconds === null && b.duration_seconds === null),
  "a tie between resellers": (lake) =>
    somePair(lake, (a, b) => isTie(a, b) && a.reseller_id !== b.reseller_id),
  "a negative duration": (lake) => lake.call_usage.some((call) => (call.duration_seconds ?? 0n) < 0n),
  "a very large duration": (lake) => lake.call_usage.some((call) => call.duration_seconds === 10n ** 12n),
  "an agent that is the nil UUID": (lake) =>
    lake.call_usage.some((call) => call.agent_id?.startsWith("00000000-0000-0000-0000-000000000000")),
  "a call in the first millisecond of a day": (lake) =>
    lake.call_usage.some((call) => call.started_at.toISOString().endsWith("T00:00:00.000Z")),
  "a call in the last millisecond of a day": (lake) =>
    lake.call_usage.some((call) => call.started_at.toISOString().endsWith("T23:59:59.999Z")),
  "a call of an organization that its reseller does not have": (lake) =>
    lake.call_usage.some((call) => !ownersOf(lake).has(`${call.reseller_id}/${call.organization_id}`)),
  "a call of an agent that is not in the directory": (lake) =>
    lake.call_usage.some(
      (call) => call.agent_id !== null && !lake.agents.some((agent) => agent.agent_id === call.agent_id),
    ),
  "a reseller with calls that is not in the directory": (lake) =>
    lake.call_usage.some((call) => !lake.resellers.some((row) => row.reseller_id === call.reseller_id)),
  "an organization under two resellers": (lake) => {
    const owners = ownersOf(lake);
    return owners.size > new Set([...owners].map((owner) => owner.split("/")[1])).size;
  },
  "a doubled reseller": (lake) => isDoubled(lake.resellers, (row) => row.reseller_id),
  "a doubled organization": (lake) =>
    isDoubled(lake.organizations, (row) => `${row.reseller_id}/${row.organization_id}`),
  "a doubled agent": (lake) => isDoubled(lake.agents, (row) => `${row.organization_id}/${row.agent_id}`),
  "an agent whose reseller is not its organization's": (lake) =>
    lake.agents.some((row) => !ownersOf(lake).has(`${row.reseller_id}/${row.organization_id}`)),
  "an agent in two organizations": (lake) =>
    lake.agents.some((a) =>
      lake.agents.some((b) => a.agent_id === b.agent_id && a.organization_id !== b.organization_id),
    ),
  "no organizations at all": (lake) => lake.organizations.length === 0,
  "no calls at all": (lake) => lake.call_usage.length === 0,
};

describe("generated lakes", () => {
  test.each(Object.entries(HARD_CASES))(
    "contain %s, often enough for a hundred runs to meet it",
    (_name, holds) => {
      expect(LAKES.filter(holds).length).toBeGreaterThanOrEqual(9);
    },
  );

  test.each([null, ...BLANKS, "same", "\ttab", "\rreturn", "\uff5e", "\u{1d11e}", 'a "quoted" name'])(
    "contain agents with the name %j",
    (name) => {
      expect(LAKES.filter((lake) => lake.agents.some((row) => row.name === name)).length).toBeGreaterThan(9);
    },
  );

  test("keep all records of a call on the UTC day of its start", () => {
    for (const { call_usage } of LAKES) {
      for (const record of call_usage) expect(record.started_at.toISOString().slice(0, 10)).toBe(record.dt);
      for (const records of Map.groupBy(call_usage, (record) => record.call_id).values()) {
        expect(new Set(records.map((record) => record.dt)).size).toBe(1);
      }
    }
  });
});

const KINDS_OF_QUESTION: Record<string, (question: Question) => boolean> = {
  "one reseller's": (question) => question.resellers.length === 1,
  "several resellers'": (question) => question.resellers.length > 1,
  "about resellers that are not the caller's alone": (question) =>
    question.reseller_ids?.every((id) => !question.resellers.includes(id)) === true,
  "about the caller's and others' resellers": (question) =>
    question.reseller_ids?.some((id) => !question.resellers.includes(id)) === true &&
    question.reseller_ids.some((id) => question.resellers.includes(id)),
  "about an unknown organization": (question) =>
    question.organization_ids?.includes(POOL.organizations[4]) === true,
  "with both filters": (question) =>
    question.organization_ids !== undefined && question.reseller_ids !== undefined,
  "without a filter": (question) =>
    question.organization_ids === undefined && question.reseller_ids === undefined,
  "of a single day": (question) => question.start_date === question.end_date,
};

describe("generated questions", () => {
  test.each(Object.entries(KINDS_OF_QUESTION))("are %s at times", (_name, holds) => {
    expect(QUESTIONS.filter(holds).length).toBeGreaterThanOrEqual(9);
  });

  test("have answers with calls, with idle organizations, and empty ones", () => {
    const answers = LAKES.map((lake, index) => {
      const question = QUESTIONS[index];
      return question === undefined ? [] : expectedOrganizations(lake, question);
    });
    expect(answers.filter((entries) => entries.some((entry) => entry.seconds > 0n)).length).toBeGreaterThan(
      60,
    );
    expect(answers.filter((entries) => entries.some((entry) => entry.seconds === 0n)).length).toBeGreaterThan(
      60,
    );
    expect(answers.filter((entries) => entries.length === 0).length).toBeGreaterThan(30);
  });
});
