/** A lake that breaks its contract: calls, rollup and bill agree, and the broken records are named. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { FINDING_KINDS } from "../../lib/billing/findings.ts";
import { parseManifest } from "../../lib/billing/manifest.ts";
import { SNAPSHOT_BUCKET } from "../../local/functions.ts";
import { brokenLake, INVALID_IDS } from "../broken-lake.ts";
import { brokenRecords, expectedFindings, soundPart } from "../broken-records-oracle.ts";
import { generatedLayout, generatedQuestion, POOL } from "../generated-lake.ts";
import { expectedMonth } from "../month-oracle.ts";
import { expectedReport } from "../oracle.ts";
import { call, LAKE, NORTH } from "./fixture.ts";
import { bucketOf, s3Client } from "./s3-client.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const AS_OF = "2026-05-04T06:00:00Z";
const DAYS = Array.from({ length: 30 }, (_, index) => `2026-04-${String(index + 1).padStart(2, "0")}`);
const BY_HAND = {
  period: "2026-04",
  as_of: AS_OF,
  allow_missing_days: DAYS,
  reason: "The lake has few days.",
};
const APRIL = { start_date: "2026-04-01", end_date: "2026-04-30" };
const UNSOUND = "its records break the contract of the lake";
const environment = { FRESHNESS_SECONDS: "0" };

const rollupLine = z.looseObject({
  message: z.literal("rollup"),
  broken_records: z.array(z.object({ day: z.string(), kind: z.string(), records: z.number() })),
  BrokenRecords: z.number(),
});

/** What the last run of the rollup reported about broken records. */
function lastRollupLine(stack: TestStack): z.infer<typeof rollupLine> {
  const lines = stack.log().split("\n");
  return rollupLine.parse(JSON.parse(lines.findLast((line) => line.includes('"message":"rollup"')) ?? "{}"));
}

/** The broken records that the line reports, by `day kind`. */
function brokenByDay({ broken_records }: z.infer<typeof rollupLine>): (readonly [string, number])[] {
  return broken_records.map(({ day, kind, records }) => [`${day} ${kind}`, records]);
}

/** Counts by `day kind`, in the oracle's order. */
function sorted(counts: Iterable<readonly [string, number]>): [string, number][] {
  return Array.from(counts, ([key, count]): [string, number] => [key, count]).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

async function manifestOf(stack: TestStack) {
  const client = s3Client(stack.s3);
  const key = "minutes-by-organization/period=2026-04/revision=0001/manifest.json";
  const manifest = parseManifest(Buffer.from((await bucketOf(client, SNAPSHOT_BUCKET).get(key)).text));
  client.destroy();
  return manifest;
}

test("the report from calls, the report from the rollup and the bill agree on any broken lake, and name every broken record", async () => {
  await fc.assert(
    fc.asyncProperty(brokenLake, generatedLayout, generatedQuestion, async (lake, layout, question) => {
      await using stack = await stackOver(lake, layout, { rollsUp: true, environment });
      const expected = JSON.stringify(expectedReport(soundPart(lake), question));
      expect((await stack.askQuestion(question)).text).toBe(expected);

      await stack.rollUp();
      expect((await stack.askQuestion(question)).text).toBe(expected);
      const named = brokenByDay(lastRollupLine(stack));
      expect(sorted(named)).toEqual(sorted(brokenRecords(lake.call_usage)));

      const today = new Date().toISOString().slice(0, 10);
      const future_from = new Date(Date.parse(today) + 86_400_000).toISOString();
      const findings = expectedFindings(lake, { month: "2026-04", as_of: AS_OF, future_from });
      const refusal = await stack.snapshot(BY_HAND).then(
        () => "",
        (error: unknown) => String(error),
      );
      expect(refusal.includes(UNSOUND)).toBe(findings.size > 0);
      if (refusal !== "") await stack.snapshot({ ...BY_HAND, allow_unsound: FINDING_KINDS });
      const claim = [...POOL.resellers];
      const billed = await stack.ask({ path: "/v1/billing/snapshots/2026-04", claim });
      const month = { ...APRIL, resellers: claim, as_of: AS_OF };
      expect(JSON.parse(billed.text)).toMatchObject(expectedMonth(soundPart(lake), month));
      const { quality, allowed_findings } = await manifestOf(stack);
      const kept = quality.findings.map(({ day, kind, count }) => [`${day} ${kind}`, count] as const);
      expect(sorted(kept)).toEqual(sorted(findings));
      expect(allowed_findings).toEqual(
        quality.findings.map((finding) => ({ ...finding, reason: BY_HAND.reason })),
      );
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 240_000);

test("each text that is not a lower-case UUID is noticed in each column", async () => {
  const call_usage = INVALID_IDS.flatMap((invalid, index) => [
    { ...call(`o${index}`), organization_id: invalid },
    { ...call(`r${index}`), reseller_id: invalid },
    { ...call(`a${index}`), agent_id: invalid },
    { ...call(`c${index}`), call_id: invalid },
  ]);
  await using stack = await stackOver({ ...LAKE, call_usage }, undefined, { rollsUp: true, environment });
  await stack.rollUp();
  const named = brokenByDay(lastRollupLine(stack));
  expect(sorted(named)).toEqual(sorted(brokenRecords(call_usage)));
  expect(named.reduce((sum, [, records]) => sum + records, 0)).toBeGreaterThanOrEqual(3 * INVALID_IDS.length);
});

describe("a month with broken records", () => {
  const sound = { ...LAKE, call_usage: LAKE.call_usage.map((each) => ({ ...each, duration_seconds: 60n })) };
  const broken = call("b1", { duration_seconds: 10_000n });
  const lake = { ...sound, call_usage: [...sound.call_usage, { ...broken, call_id: null }] };
  const named = `missing_call_id 1 on ${broken.dt}`;

  test("is refused by the schedule and by hand, naming kind, count and day, and nothing is written", async () => {
    await using stack = await stackOver(lake);
    await expect(stack.snapshot(BY_HAND)).rejects.toThrow(named);
    await expect(stack.snapshot(BY_HAND)).rejects.toThrow(UNSOUND);
    const { status } = await stack.ask({ path: "/v1/billing/snapshots/2026-04", claim: [NORTH] });
    expect(status).toBe(404);
  });

  test("is closed if a person allows the kind, and not if they allow another", async () => {
    await using stack = await stackOver(lake);
    const other = stack.snapshot({ ...BY_HAND, allow_unsound: ["invalid_call_id"] });
    await expect(other).rejects.toThrow(named);
    const closing = stack.snapshot({ ...BY_HAND, allow_unsound: ["missing_call_id"] });
    await expect(closing).resolves.toMatchObject({ outcome: "closed", revision: 1 });
    // The allowance applies to the schedule's later runs.
    const later = stack.snapshot({ scheduled_time: "2026-05-09T06:00:00Z" });
    await expect(later).resolves.toMatchObject({ outcome: "unchanged", revision: 1 });
  });

  test("is closed within the tolerated number of broken records, and refused above it", async () => {
    const within = { TOLERATED_BROKEN_RECORDS: "1" };
    await using stack = await stackOver(lake, {}, { environment: within });
    await expect(stack.snapshot(BY_HAND)).resolves.toMatchObject({ outcome: "closed" });
    expect((await manifestOf(stack)).quality.findings).toEqual([
      { day: broken.dt, kind: "missing_call_id", count: 1 },
    ]);
    const two = { ...lake, call_usage: [...lake.call_usage, { ...broken, organization_id: "acme" }] };
    await using past = await stackOver(two, {}, { environment: within });
    await expect(past.snapshot(BY_HAND)).rejects.toThrow(UNSOUND);
  });

  test("counts a call by its latest valid record, and reports that a later one is broken", async () => {
    const [first] = sound.call_usage;
    if (first === undefined) throw new TypeError("The lake has calls.");
    const later = { ...first, recorded_at: new Date("2026-05-01T00:00:00Z"), duration_seconds: 9_999n };
    const replaced = { ...sound, call_usage: [...sound.call_usage, { ...later, reseller_id: null }] };
    await using stack = await stackOver(replaced, {}, { rollsUp: true, environment });
    const question = { ...APRIL, resellers: [NORTH] };
    const expected = JSON.stringify(expectedReport(sound, question));
    expect((await stack.askQuestion(question)).text).toBe(expected);
    await stack.rollUp();
    expect((await stack.askQuestion(question)).text).toBe(expected);
    expect(lastRollupLine(stack)).toMatchObject({
      broken_records: [{ day: first.dt, kind: "missing_reseller_id", records: 1 }],
    });
    await expect(stack.snapshot(BY_HAND)).rejects.toThrow(`latest_record_broken 1 on ${first.dt}`);
  });
});

test("a call in the folders of two days counts on each of them, for any range, and stops the bill", async () => {
  const twice = [
    call("7e", { started_at: new Date("2026-04-10T09:00:00Z"), duration_seconds: 1_000n }),
    call("7e", { started_at: new Date("2026-04-20T09:00:00Z"), duration_seconds: 5n }),
  ];
  const lake = { ...LAKE, call_usage: [...LAKE.call_usage, ...twice] };
  await using stack = await stackOver(lake, {}, { rollsUp: true, environment });
  const ranges = [
    { start_date: "2026-04-01", end_date: "2026-04-15" },
    { start_date: "2026-04-15", end_date: "2026-04-30" },
    APRIL,
  ];
  const answers = async () =>
    Promise.all(
      ranges.map(async (range) => (await stack.askQuestion({ ...range, resellers: [NORTH] })).text),
    );
  const expected = ranges.map((range) =>
    JSON.stringify(expectedReport(lake, { ...range, resellers: [NORTH] })),
  );
  expect(await answers()).toEqual(expected);
  await stack.rollUp();
  expect(await answers()).toEqual(expected);
  await expect(stack.snapshot(BY_HAND)).rejects.toThrow(
    "call_on_two_days 1 on 2026-04-10, call_on_two_days 1 on 2026-04-20",
  );
});

test("a call on the last day of a month and the first of the next stops both months", async () => {
  const twice = [
    call("7e", { started_at: new Date("2026-04-30T09:00:00Z"), duration_seconds: 60n }),
    call("7e", { started_at: new Date("2026-05-01T09:00:00Z"), duration_seconds: 60n }),
  ];
  await using stack = await stackOver({ ...LAKE, call_usage: twice });
  await expect(stack.snapshot(BY_HAND)).rejects.toThrow("call_on_two_days 1 on 2026-04-30");
  const may = {
    period: "2026-05",
    as_of: "2026-06-04T06:00:00Z",
    allow_missing_days: Array.from({ length: 31 }, (_, at) => `2026-05-${String(at + 1).padStart(2, "0")}`),
    reason: "The lake has few days.",
  };
  await expect(stack.snapshot(may)).rejects.toThrow("call_on_two_days 1 on 2026-05-01");
});

test("a row of the directory with an invalid id is left out, and the rollup counts it", async () => {
  const [organization] = LAKE.organizations;
  const [agent] = LAKE.agents;
  if (organization === undefined || agent === undefined) throw new TypeError("The lake has a directory.");
  const lake = {
    ...LAKE,
    organizations: [...LAKE.organizations, { ...organization, organization_id: "acme" }],
    agents: [
      ...LAKE.agents,
      { ...agent, agent_id: "front desk" },
      { ...agent, agent_id: agent.agent_id.toUpperCase() },
    ],
  };
  await using stack = await stackOver(lake, {}, { rollsUp: true, environment });
  const question = { ...APRIL, resellers: [NORTH] };
  expect((await stack.askQuestion(question)).text).toBe(JSON.stringify(expectedReport(LAKE, question)));
  await stack.rollUp();
  expect(lastRollupLine(stack)).toMatchObject({
    broken_directory_rows: [
      { table: "agents", rows: 2 },
      { table: "organizations", rows: 1 },
    ],
    BrokenRecords: 3,
  });
});
