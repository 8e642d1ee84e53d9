import { hash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallRecord } from "../../local/lake/records.ts";
import { writeLake } from "../../local/lake/write.ts";
import { SPECIAL, sampleOrganizationId } from "../../local/sample/directory.ts";
import {
  ensureSampleLake,
  SAMPLE_DATE,
  SAMPLE_RESELLERS,
  sampleLake,
} from "../../local/sample/sample-lake.ts";
import { expectedOrganizations } from "../oracle.ts";

const LAKE = sampleLake();
const HISTORIES = [...Map.groupBy(LAKE.call_usage, (record) => record.call_id).values()];
const MONTHS = ["2026-02", "2026-03", "2026-04"];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Counts the calls with a later and an earlier record in a given relation. */
function corrections(holds: (later: CallRecord, earlier: CallRecord) => boolean): number {
  return HISTORIES.filter((records) =>
    records.some((later) =>
      records.some((earlier) => later.recorded_at > earlier.recorded_at && holds(later, earlier)),
    ),
  ).length;
}

function callsOf(organization: string): CallRecord[] {
  const id = sampleOrganizationId(organization);
  return LAKE.call_usage.filter((record) => record.organization_id === id);
}

/** The parts of an organization: rows of its own, any agents, any calls. */
function traces(organization: string) {
  const id = sampleOrganizationId(organization);
  return {
    rows: LAKE.organizations.filter((row) => row.organization_id === id).length,
    agents: LAKE.agents.some((row) => row.organization_id === id),
    calls: callsOf(organization).length > 0,
  };
}

function countBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, number> {
  return new Map([...Map.groupBy(items, keyOf)].map(([key, group]) => [key, group.length]));
}

describe("the sample lake", () => {
  test("is a business of 3 resellers, 40 organizations, about 600 agents and 300,000 calls", () => {
    expect(LAKE.resellers.map(({ reseller_id, name }) => ({ id: reseller_id, name }))).toEqual(
      SAMPLE_RESELLERS,
    );
    expect(new Set(LAKE.organizations.map((row) => row.organization_id)).size).toBe(40);
    const agents = new Set(LAKE.agents.map((row) => row.agent_id)).size;
    expect(agents).toBeGreaterThan(560);
    expect(agents).toBeLessThan(640);
    expect(HISTORIES.length).toBeGreaterThan(290_000);
    expect(HISTORIES.length).toBeLessThan(310_000);
  });

  test("has calls on every day of three complete months and of the open one", () => {
    const days = [...new Set(LAKE.call_usage.map((record) => record.dt))].sort();
    expect([days.at(0), days.at(-1), days.length]).toEqual(["2026-02-01", SAMPLE_DATE, 28 + 31 + 30 + 10]);
  });

  test("gives every reseller calls in every month", () => {
    for (const { id } of SAMPLE_RESELLERS) {
      const calls = LAKE.call_usage.filter((record) => record.reseller_id === id);
      const months = countBy(calls, (record) => record.dt.slice(0, 7));
      expect([...months.keys()]).toEqual([...MONTHS, "2026-05"]);
      expect(Math.min(...months.values())).toBeGreaterThan(5_000);
    }
  });

  test("follows the lake's rules: lower-case UUIDs, dt the UTC day, whole seconds, nothing recorded after it was taken", () => {
    const wrong = LAKE.call_usage.filter(
      (record) =>
        ![record.call_id, record.reseller_id, record.organization_id].every((id) => UUID.test(id)) ||
        !(record.agent_id === null || UUID.test(record.agent_id)) ||
        record.started_at.toISOString().slice(0, 10) !== record.dt ||
        record.recorded_at <= record.started_at ||
        record.recorded_at.getTime() >= Date.UTC(2026, 4, 11),
    );
    expect(wrong).toEqual([]);
  });

  test("has the shape of office hours: few calls on weekends and at night, a dip at noon", () => {
    const byDay = countBy(HISTORIES, ([first]) => first?.started_at.getUTCDay());
    const byHour = countBy(HISTORIES, ([first]) => first?.started_at.getUTCHours());
    const day = (weekday: number) => byDay.get(weekday) ?? 0;
    const hour = (of: number) => byHour.get(of) ?? 0;
    expect(day(0)).toBeLessThan(day(6));
    expect(day(6)).toBeLessThan(day(3) / 2);
    expect(hour(12)).toBeLessThan(hour(10) * 0.7);
    expect(hour(12)).toBeLessThan(hour(14) * 0.7);
    expect(hour(3)).toBeLessThan(hour(10) / 50);
  });

  test("has calls of everyday lengths: half below three minutes, few above twenty", () => {
    const seconds = LAKE.call_usage
      .map((record) => Number(record.duration_seconds ?? 0n))
      .sort((a, b) => a - b);
    const at = (share: number) => seconds[Math.floor(seconds.length * share)] ?? 0;
    expect(at(0.5)).toBeGreaterThan(120);
    expect(at(0.5)).toBeLessThan(180);
    expect(at(0.97)).toBeLessThan(1_200);
  });
});

describe("the sample lake's hard cases", () => {
  test("exact copies", () => {
    const copies = HISTORIES.filter((records) => new Set(records).size < records.length);
    expect(copies.length).toBeGreaterThan(2_000);
  });

  test("corrections of the duration, of the agent, of the organization, of the reseller", () => {
    expect(
      corrections((a, b) => a.duration_seconds !== b.duration_seconds && b.duration_seconds !== null),
    ).toBeGreaterThan(1_000);
    expect(corrections((a, b) => a.agent_id === null && b.agent_id !== null)).toBeGreaterThan(100);
    expect(
      corrections((a, b) => a.organization_id !== b.organization_id && a.reseller_id === b.reseller_id),
    ).toBeGreaterThan(100);
    expect(
      corrections((a, b) => a.organization_id !== b.organization_id && a.reseller_id !== b.reseller_id),
    ).toBeGreaterThan(100);
    expect(
      corrections((a, b) => a.organization_id === b.organization_id && a.reseller_id !== b.reseller_id),
    ).toBeGreaterThan(10);
  });

  test.each(MONTHS)(
    "records of %s that came after it was billed, new calls and corrections of every kind",
    (month) => {
      const [year = 0, number = 0] = month.split("-").map(Number);
      const billed = new Date(Date.UTC(year, number, 4, 6));
      const late = (record: CallRecord) => record.dt.startsWith(month) && record.recorded_at >= billed;
      expect(HISTORIES.filter((records) => records.every(late)).length).toBeGreaterThan(5);
      expect(
        corrections((a, b) => late(a) && !late(b) && a.duration_seconds !== b.duration_seconds),
      ).toBeGreaterThan(5);
      expect(
        corrections((a, b) => late(a) && !late(b) && a.agent_id === null && b.agent_id !== null),
      ).toBeGreaterThan(5);
      expect(corrections((a, b) => late(a) && !late(b) && a.reseller_id !== b.reseller_id)).toBeGreaterThan(
        5,
      );
    },
  );

  test("calls without agent, in progress and with a negative duration, in every complete month", () => {
    for (const month of MONTHS) {
      const calls = LAKE.call_usage.filter((record) => record.dt.startsWith(month));
      expect(calls.filter((record) => record.agent_id === null).length).toBeGreaterThan(1_000);
      expect(calls.filter((record) => record.duration_seconds === null).length).toBeGreaterThan(100);
      expect(calls.filter((record) => (record.duration_seconds ?? 0n) < 0n).length).toBeGreaterThan(3);
    }
    const unfinished = HISTORIES.filter((records) =>
      records.every((record) => record.duration_seconds === null),
    );
    expect(unfinished.length).toBeGreaterThan(100);
  });

  test("an organization that changed hands: calls under both owners, in the directory only under the new one", () => {
    const id = sampleOrganizationId(SPECIAL.changedHands);
    const [present, ...others] = LAKE.organizations.filter((row) => row.organization_id === id);
    expect(others).toEqual([]);
    const owners = countBy(callsOf(SPECIAL.changedHands), (record) => record.reseller_id);
    expect(owners.size).toBeGreaterThanOrEqual(2);
    expect(owners.get(present?.reseller_id ?? "")).toBeGreaterThan(1_000);
    const answer = expectedOrganizations(LAKE, {
      resellers: SAMPLE_RESELLERS.map((reseller) => reseller.id),
      start_date: "2026-03-01",
      end_date: "2026-03-31",
      organization_ids: [id],
    });
    expect(answer.map((entry) => entry.organization_name).sort()).toEqual([SPECIAL.changedHands, id].sort());
  });

  test("an agent whose row names another reseller than its organization's", () => {
    const owners = new Map(LAKE.organizations.map((row) => [row.organization_id, row.reseller_id]));
    const strays = LAKE.agents.filter(
      (row) => owners.has(row.organization_id) && owners.get(row.organization_id) !== row.reseller_id,
    );
    expect(strays.map((row) => row.organization_id)).toEqual([sampleOrganizationId(SPECIAL.changedHands)]);
  });

  test("organizations without calls, without agents, without either, deleted, listed twice", () => {
    expect(traces(SPECIAL.withoutCalls)).toEqual({ rows: 1, agents: true, calls: false });
    expect(traces(SPECIAL.withoutAgents)).toEqual({ rows: 1, agents: false, calls: true });
    expect(traces(SPECIAL.withoutEither)).toEqual({ rows: 1, agents: false, calls: false });
    expect(traces(SPECIAL.deleted)).toEqual({ rows: 0, agents: true, calls: true });
    expect(traces(SPECIAL.doubled)).toEqual({ rows: 2, agents: true, calls: true });
  });

  test("agents who left and agents listed twice under two names", () => {
    const listed = new Set(LAKE.agents.map((row) => row.agent_id));
    const gone = new Set(
      LAKE.call_usage.map((record) => record.agent_id).filter((id) => id !== null && !listed.has(id)),
    );
    expect(gone.size).toBeGreaterThan(8);
    expect(LAKE.agents.length - listed.size).toBeGreaterThan(5);
  });

  test("names of every level: the name, its replacement, and the UUID", () => {
    const answer = expectedOrganizations(LAKE, {
      resellers: SAMPLE_RESELLERS.map((reseller) => reseller.id),
      start_date: "2026-05-01",
      end_date: SAMPLE_DATE,
    });
    const shown = new Map(answer.map((entry) => [entry.organization_id, entry.organization_name]));
    for (const name of SPECIAL.shownByInternalId)
      expect(shown.get(sampleOrganizationId(name))).toMatch(/^ORG-/);
    const nameless = sampleOrganizationId(SPECIAL.shownByUuid);
    expect(shown.get(nameless)).toBe(nameless);
    const agents = answer.flatMap((entry) => entry.agents);
    expect(agents.filter((agent) => agent.agent_name.startsWith("ext. ")).length).toBeGreaterThan(5);
    expect(agents.filter((agent) => agent.agent_name.startsWith("AG-")).length).toBeGreaterThan(5);
    expect(agents.filter((agent) => agent.agent_name === agent.agent_id).length).toBeGreaterThan(5);
    expect(new Set(LAKE.agents.map((row) => row.name))).toEqual(
      expect.toSatisfy((names) => [null, "", "\t"].every((blank) => names.has(blank))),
    );
  });
});

describe("the sample lake on disk", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sample-lake-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is written once, even by several processes at the same time, and again for another version", async () => {
    const lake = join(folder, "lake");
    await mkdir(lake);
    await writeFile(join(lake, "sample.json"), '{"generator":"of another version"}');
    expect(await Promise.all([ensureSampleLake(lake), ensureSampleLake(lake)])).toContain("written");
    expect(await ensureSampleLake(lake)).toBe("reused");
    expect(await readdir(folder)).toEqual(["lake"]);
  });

  test("holds exactly the records", async () => {
    expect(digest(await readBack(join(folder, "lake")))).toBe(digest(LAKE.call_usage.map(lineOf)));
  });

  test("is the same on every run, byte for byte", async () => {
    const again = sampleLake();
    const firstDays = again.call_usage.filter((record) => record.dt < "2026-02-04");
    await writeLake(join(folder, "again"), { ...again, call_usage: firstDays }, { filesPerDay: 2 });
    const files = await filesIn(join(folder, "again"));
    expect(files).toHaveLength(3 + 2 * 3);
    expect(await filesIn(join(folder, "lake"))).toEqual(expect.arrayContaining(files));
  });
});

/** The content of a record, as a line. */
function lineOf(record: CallRecord): string {
  const { call_id, reseller_id, organization_id, agent_id, duration_seconds, dt } = record;
  const instants = `${record.started_at.getTime()} ${record.recorded_at.getTime()}`;
  return `${call_id} ${reseller_id} ${organization_id} ${agent_id} ${duration_seconds} ${instants} ${dt}`;
}

async function readBack(lake: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(
      `SELECT concat_ws(' ', call_id, reseller_id, organization_id, coalesce(agent_id, 'null'),
         coalesce(duration_seconds::varchar, 'null'), epoch_ms(started_at), epoch_ms(recorded_at), dt)
       FROM '${lake}/call_usage/*/*.parquet'`,
    );
    return result.getRowsJS().flatMap(([line]) => (typeof line === "string" ? [line] : []));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function digest(lines: readonly string[]): string {
  return hash("sha256", lines.toSorted().join("\n"));
}

/** Every file's name and the hash of its bytes. */
async function filesIn(lake: string): Promise<string[]> {
  const entries = await readdir(lake, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => `${relative(lake, file)} ${hash("sha256", await readFile(file))}`),
  );
}
