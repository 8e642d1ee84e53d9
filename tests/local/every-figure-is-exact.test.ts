import { describe, expect, test } from "vitest";
import type { CallRecord } from "../../local/lake/records.ts";
import { ANNA, APRIL, BORIS, call, DENTAL, id, LAKE, NORTH } from "./fixture.ts";
import { stackOver } from "./test-stack.ts";

const DAY = (text: string) => new Date(text);
const LATER = new Date("2026-04-30T00:00:00Z");

interface Entry {
  readonly organization_id: string;
  readonly total_voice_minutes: number;
  readonly agents: readonly { readonly agent_name: string; readonly voice_minutes: number }[];
}

/** The seconds of Acme Dental from these calls, in total and by line. */
async function dental(calls: readonly CallRecord[], lake = LAKE): Promise<Record<string, number>> {
  await using stack = await stackOver({ ...lake, call_usage: calls }, { filesPerDay: 2 });
  const { text } = await stack.ask({ query: APRIL, claim: [NORTH] });
  const entries: readonly Entry[] = JSON.parse(text).data;
  const entry = entries.find(({ organization_id }) => organization_id === DENTAL);
  const lines = entry?.agents.map(({ agent_name, voice_minutes }) => [agent_name, seconds(voice_minutes)]);
  return { total: seconds(entry?.total_voice_minutes ?? Number.NaN), ...Object.fromEntries(lines ?? []) };
}

function seconds(minutes: number): number {
  return Math.round(minutes * 60);
}

describe("every figure is exact", () => {
  test("an exact copy of a call counts once, even without an agent", async () => {
    const calls = [call("1"), call("1"), call("2", { agent_id: null }), call("2", { agent_id: null })];
    expect(await dental(calls)).toEqual({ total: 120, Anna: 60, Boris: 0, Unassigned: 60 });
  });

  test("a correction replaces the call in any order of arrival", async () => {
    const calls = [
      call("1", { duration_seconds: 5n, recorded_at: LATER }),
      call("1", { duration_seconds: 600n }),
    ];
    expect(await dental(calls)).toEqual({ total: 5, Anna: 5, Boris: 0 });
  });

  test("a correction that takes the agent off a call moves its minutes to Unassigned", async () => {
    const calls = [call("1"), call("1", { agent_id: null, recorded_at: LATER })];
    expect(await dental(calls)).toEqual({ total: 60, Anna: 0, Boris: 0, Unassigned: 60 });
  });

  test("of two records of one instant the longer counts, one in progress last", async () => {
    const calls = [
      call("1", { duration_seconds: null }),
      call("1", { duration_seconds: 60n, agent_id: BORIS }),
      call("1", { duration_seconds: 59n }),
    ];
    expect(await dental(calls)).toEqual({ total: 60, Boris: 60, Anna: 0 });
  });

  test("of two records that differ only in the agent the smaller id counts, no agent last", async () => {
    const calls = [
      call("1", { agent_id: null }),
      call("1", { agent_id: BORIS }),
      call("1", { agent_id: ANNA }),
    ];
    expect(await dental(calls)).toEqual({ total: 60, Anna: 60, Boris: 0 });
  });

  test("a call in progress and a negative duration count 0", async () => {
    const calls = [call("1", { duration_seconds: null }), call("2", { duration_seconds: -7n }), call("3")];
    expect(await dental(calls)).toEqual({ total: 60, Anna: 60, Boris: 0 });
  });

  test("the first and the last millisecond of the range count, those beside it do not", async () => {
    const calls = [
      call("1", { started_at: DAY("2026-03-31T23:59:59.999Z"), duration_seconds: 1n }),
      call("2", { started_at: DAY("2026-04-01T00:00:00.000Z"), duration_seconds: 10n }),
      call("3", { started_at: DAY("2026-04-30T23:59:59.999Z"), duration_seconds: 100n }),
      call("4", { started_at: DAY("2026-05-01T00:00:00.000Z"), duration_seconds: 1_000n }),
    ];
    expect(await dental(calls)).toMatchObject({ total: 110, Anna: 110 });
  });

  test("a duplicate directory row doubles nothing", async () => {
    const doubled = {
      ...LAKE,
      resellers: [...LAKE.resellers, ...LAKE.resellers],
      organizations: [...LAKE.organizations, ...LAKE.organizations],
      agents: [...LAKE.agents, ...LAKE.agents],
    };
    expect(await dental([call("1")], doubled)).toEqual({ total: 60, Anna: 60, Boris: 0 });
  });

  test("each figure gives its seconds back, and the lines add up to the total even if their minutes do not", async () => {
    const calls = Array.from({ length: 50 }, (_, index) =>
      call((1_000 + index).toString(16), {
        agent_id: id((0xd00 + index).toString(16)),
        duration_seconds: 1n,
      }),
    );
    const { total, ...lines } = await dental(calls);
    expect(total).toBe(50);
    expect(Object.values(lines).reduce((sum, line) => sum + line, 0)).toBe(50);
  });

  test("seconds stay exact far above what minutes show, and a sum outside the exact range is refused", async () => {
    const largest = BigInt(Number.MAX_SAFE_INTEGER);
    await using stack = await stackOver({
      ...LAKE,
      call_usage: [
        call("1", { duration_seconds: largest - 1n }),
        call("2", { duration_seconds: 1n }),
        call("3", { duration_seconds: largest, started_at: DAY("2026-04-11T00:00:00Z") }),
      ],
    });
    const csv = { accept: "text/csv" };
    const exact = await stack.ask({
      query: "?start_date=2026-04-10&end_date=2026-04-10",
      claim: [NORTH],
      headers: csv,
    });
    expect(exact.text).toContain(',"Anna",150119987579016.52,9007199254740991,2026-04-10,2026-04-10\r\n');
    const refused = await stack.ask({ query: APRIL, claim: [NORTH], headers: csv });
    expect(refused.status).toBe(500);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
  });
});
