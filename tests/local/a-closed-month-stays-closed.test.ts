import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseManifest } from "../../lib/billing/manifest.ts";
import { SNAPSHOT_BUCKET } from "../../local/functions.ts";
import type { CallRecord, Lake } from "../../local/lake/records.ts";
import type { WriteLakeOptions } from "../../local/lake/write.ts";
import { expectedFindings } from "../broken-records-oracle.ts";
import { generatedLake, POOL } from "../generated-lake.ts";
import { expectedReport } from "../oracle.ts";
import { APRIL, BAKERY, call, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { bucketOf, s3Client } from "./s3-client.ts";
import { stackOver } from "./test-stack.ts";

async function april(lake: Lake, layout: WriteLakeOptions = {}): Promise<string> {
  await using stack = await stackOver(lake, layout);
  return (await stack.ask({ query: APRIL, claim: [NORTH, SOUTH] })).text;
}

function withCalls(...calls: Lake["call_usage"]): Lake {
  return { ...LAKE, call_usage: [...LAKE.call_usage, ...calls] };
}

describe("a closed month stays closed", () => {
  test("changes no byte if its records are delivered again, in another order and in other files", async () => {
    const again = withCalls(...LAKE.call_usage.toReversed());
    expect(await april(again, { filesPerDay: 3 })).toBe(await april(LAKE));
  });

  test("changes no byte if the months beside it get calls", async () => {
    const march = call("31", { started_at: new Date("2026-03-31T23:59:59.999Z") });
    const may = call("51", { started_at: new Date("2026-05-01T00:00:00.000Z") });
    expect(await april(withCalls(march, may))).toBe(await april(LAKE));
  });

  test("changes no byte for a record that is older than the one that counts, however late it arrives", async () => {
    const [counted] = LAKE.call_usage;
    if (counted === undefined) throw new TypeError("the lake has calls");
    const stale = {
      ...counted,
      duration_seconds: 9_999n,
      recorded_at: new Date(counted.recorded_at.getTime() - 1),
    };
    expect(await april(withCalls(stale))).toBe(await april(LAKE));
  });

  test("changes only for a later record of one of its calls, by exactly the difference", async () => {
    const corrected = call("7", {
      reseller_id: SOUTH,
      organization_id: BAKERY,
      agent_id: null,
      duration_seconds: 105n,
      recorded_at: new Date("2026-05-20T00:00:00Z"),
    });
    const [before, after] = await Promise.all([april(LAKE), april(withCalls(corrected))]);
    expect(after).toBe(before.replaceAll("0.75", "1.75"));
    expect(after).not.toBe(before);
  });
});

const AS_OF = "2026-05-04T06:00:00Z";
const DAYS = Array.from({ length: 30 }, (_, index) => `2026-04-${String(index + 1).padStart(2, "0")}`);

/** A small lake has no calls on most days. */
const BY_HAND = { period: "2026-04", as_of: AS_OF, allow_missing_days: DAYS, reason: "a small lake" };

/** A generated lake has days with few calls, of which one may be in progress. */
const TOLERANT = { TOLERATED_BROKEN_RECORDS: "1000" };

describe("a snapshot", () => {
  test("equals the report over the records that were there, and describes those records", async () => {
    for (const lake of fc.sample(generatedLake, { numRuns: 5, seed: 20_260_504 })) {
      await using stack = await stackOver(lake, {}, { environment: TOLERANT });
      await stack.snapshot(BY_HAND);
      const claim = [...POOL.resellers];
      const answer = await stack.ask({ path: "/v1/billing/snapshots/2026-04", claim });
      const records = lake.call_usage.filter(({ recorded_at }) => recorded_at < new Date(AS_OF));
      const question = { resellers: claim, start_date: "2026-04-01", end_date: "2026-04-30" };
      // Every organization and agent of the report, also without usage.
      expect(JSON.parse(answer.text)).toMatchObject(
        expectedReport({ ...lake, call_usage: records }, question),
      );
      const client = s3Client(stack.s3);
      const key = "minutes-by-organization/period=2026-04/revision=0001/manifest.json";
      const manifest = parseManifest(Buffer.from((await bucketOf(client, SNAPSHOT_BUCKET).get(key)).text));
      client.destroy();
      const ofApril = records.filter(({ dt }) => dt.startsWith("2026-04"));
      const { findings, ...quality } = manifest.quality;
      expect({ ...quality, calls: manifest.totals.calls }).toEqual(qualityOf(ofApril));
      expect(findings.map(({ day, kind, count }) => [`${day} ${kind}`, count])).toEqual([
        ...expectedFindings(lake, { month: "2026-04", as_of: AS_OF, future_from: "9999-01-01T00:00:00Z" }),
      ]);
    }
  });

  test("keeps its bytes when the month is corrected, and the next revision contains the difference", async () => {
    await using stack = await stackOver(
      withCalls(call("99", { duration_seconds: 60n, recorded_at: new Date("2026-05-06T00:00:00Z") })),
    );
    const month = (query = "") =>
      stack.ask({ path: `/v1/billing/snapshots/2026-04${query}`, claim: [NORTH, SOUTH] });
    expect(await stack.snapshot(BY_HAND)).toMatchObject({ outcome: "closed", revision: 1 });
    const first = await month();
    expect(await stack.snapshot({ scheduled_time: AS_OF })).toMatchObject({
      outcome: "unchanged",
      revision: 1,
    });
    expect(await stack.snapshot({ scheduled_time: "2026-05-10T06:00:00Z" })).toMatchObject({
      outcome: "revised",
      revision: 2,
      adjustments: 1,
    });
    const second: unknown = JSON.parse((await month()).text);
    expect(second).toMatchObject({ revision: 2, adjustments: [{ seconds_delta: 60 }] });
    const still = await month("?revision=1");
    expect([still.text, still.headers.get("etag")]).toEqual([first.text, first.headers.get("etag")]);
  });
});

/** Copies, corrections and the rest, counted one by one. */
function qualityOf(records: readonly CallRecord[]) {
  const distinct = new Map(records.map((record) => [JSON.stringify(record, bigintText), record]));
  const chosen = new Map<string, CallRecord>();
  for (const record of distinct.values()) {
    const rival = chosen.get(record.call_id);
    if (rival === undefined || counts(record, rival)) chosen.set(record.call_id, record);
  }
  const calls = [...chosen.values()];
  return {
    calls: calls.length,
    copies: records.length - distinct.size,
    corrections: distinct.size - calls.length,
    calls_without_agent: calls.filter(({ agent_id }) => agent_id === null).length,
    calls_in_progress: calls.filter(({ duration_seconds }) => duration_seconds === null).length,
    negative_durations: calls.filter(({ duration_seconds }) => (duration_seconds ?? 0n) < 0n).length,
  };
}

/** Later first; then longer, null last; then the other columns ascending, null last. */
function counts(a: CallRecord, b: CallRecord): boolean {
  const keys = ({
    recorded_at,
    duration_seconds,
    reseller_id,
    organization_id,
    agent_id,
    started_at,
  }: CallRecord) => [
    String(9e15 - recorded_at.getTime()),
    duration_seconds === null ? "~" : String(10n ** 18n - duration_seconds).padStart(20, "0"),
    reseller_id,
    organization_id,
    agent_id ?? "~",
    String(started_at.getTime()),
  ];
  return keys(a).join(" ") < keys(b).join(" ");
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
