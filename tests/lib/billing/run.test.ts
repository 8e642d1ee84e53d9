import { beforeEach, describe, expect, test } from "vitest";
import { billKey } from "../../../lib/billing/bills/bill.ts";
import { manifestKey } from "../../../lib/billing/manifest.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { month } from "./valid.ts";
import { watchedLake } from "./watched-lake.ts";

const [MARCH, APRIL, MAY] = [month("2026-03"), month("2026-04"), month("2026-05")];
const ADJUSTMENTS = { bill: "adjustments" };
const BY_HAND = { period: APRIL, as_of: "2026-05-04T06:00:00Z" };

let lake: ReturnType<typeof watchedLake>;
beforeEach(() => {
  lake = watchedLake("2026-04");
  lake.fill(APRIL);
});

/** Adds a second call of these seconds to the month's tenth day. */
function correct(of: string, recordedAt: string, seconds = 600): void {
  const calls = lake.months.get(month(of)) ?? [];
  lake.months.set(month(of), [...calls, { dt: `${of}-10`, seconds, recordedAt }]);
}

function removeDay(dt: string): void {
  const of = month(dt.slice(0, 7));
  lake.months.set(
    of,
    (lake.months.get(of) ?? []).filter((call) => call.dt !== dt),
  );
}

const APRIL_CLOSED = {
  outcome: "closed",
  period: "2026-04",
  revision: 1,
  as_of: "2026-05-04T06:00:00Z",
  manifest: "minutes-by-organization/period=2026-04/revision=0001/manifest.json",
  statements: 1,
  adjustments: 0,
  bills: [{ number: 1, kind: "month", period: "2026-04", key: "bills/000001.json" }],
};

describe("the outcome of a run", () => {
  test("is its month's, with the bills that it wrote", async () => {
    expect((await lake.at("2026-05-04T06:00:00Z")).result).toStrictEqual(APRIL_CLOSED);
  });

  test("is the same when a person runs it", async () => {
    expect((await lake.run(BY_HAND)).result).toStrictEqual(APRIL_CLOSED);
  });

  test("has the other months that the schedule watched, but none when a person runs it", async () => {
    await lake.at("2026-05-04T06:00:00Z");
    lake.fill(MAY);
    const { result } = await lake.at("2026-06-04T06:00:00Z");
    expect(result).toMatchObject({ period: MAY, others: [{ outcome: "unchanged", period: APRIL }] });
    lake.fill("2026-06");
    const byHand = await lake.run({ period: "2026-06", as_of: "2026-07-04T06:00:00Z" });
    expect(byHand.result).not.toHaveProperty("others");
  });

  test("of a bill of adjustments is that bill, or that nothing waits for one", async () => {
    expect((await lake.run(ADJUSTMENTS)).result).toStrictEqual({ outcome: "nothing_to_bill", bills: [] });
    await lake.at("2026-05-04T06:00:00Z");
    correct("2026-04", "2026-05-05T00:00:00Z");
    await lake.at("2026-05-05T06:00:00Z");
    expect((await lake.run(ADJUSTMENTS)).result).toStrictEqual({
      outcome: "billed",
      bills: [{ number: 2, kind: "adjustments", period: null, key: "bills/000002.json" }],
    });
    expect((await lake.run(ADJUSTMENTS)).result).toStrictEqual({ outcome: "nothing_to_bill", bills: [] });
  });

  test("before the first billed month is that there is nothing to do", async () => {
    expect((await lake.at("2026-04-04T06:00:00Z")).result).toStrictEqual({
      outcome: "before_bill_from",
      period: MARCH,
      bills: [],
    });
  });

  test("that is postponed names each month, and a month is begun with a minute left", async () => {
    lake.fill(MAY);
    // The function keeps 20 seconds of its time for itself.
    const { result } = await lake.at("2026-06-04T06:00:00Z", { remaining: 79_999 });
    expect(result).toStrictEqual({
      outcome: "postponed",
      period: "2026-05",
      others: [{ outcome: "postponed", period: "2026-04" }],
      bills: [],
    });
    expect((await lake.at("2026-06-04T06:00:00Z", { remaining: 80_000 })).result).toMatchObject({
      outcome: "closed",
      others: [{ outcome: "closed", period: APRIL }],
    });
  });
});

describe("missing heads", () => {
  test("are restored only while more than two minutes are left", async () => {
    await lake.at("2026-05-04T06:00:00Z");
    const [head = ""] = lake.keysOf("heads/");
    expect(head).toMatch(/^heads\/2026-04\.1\.2026-05-04T06:00:00Z\.[0-9a-f]{16}$/);
    lake.objects.delete(head);
    await lake.at("2026-05-05T06:00:00Z", { remaining: 140_000 });
    expect(lake.keysOf("heads/")).toEqual([]);
    await lake.at("2026-05-06T06:00:00Z", { remaining: 140_001 });
    expect(lake.keysOf("heads/")).toEqual([head]);
  });
});

/** What a library may throw in place of an Error. */
const thrown: unknown = "no answer";

/** The store, with other answers to some calls. */
function failing(members: Partial<SnapshotStore>): SnapshotStore {
  return { ...lake.store, ...members };
}

describe("a failure", () => {
  test("of the run's own month comes first; the other ones are told in the log", async () => {
    lake.fill(MAY);
    for (const dt of ["2026-04-19", "2026-05-19"]) removeDay(dt);
    const { result, failures } = await lake.at("2026-06-04T06:00:00Z");
    expect(result).toHaveProperty(
      "message",
      expect.stringMatching(/^2026-05 is not closed: .* 2026-05-19\./),
    );
    expect(failures).toMatchObject([
      { message: "month failed", period: APRIL, detail: expect.stringMatching(/2026-04-19\./) },
    ]);
  });

  test("of a month that a person runs comes before one of the billing", async () => {
    lake.objects.set(billKey(1), Buffer.from("{}"));
    removeDay("2026-04-19");
    const { result, failures } = await lake.run(BY_HAND);
    expect(result).toMatchObject({ code: "month_incomplete" });
    const billing = {
      message: "billing failed",
      code: "snapshot_damaged",
      detail: "A stored bill is not valid.",
    };
    expect(failures).toMatchObject([billing, billing]);
    expect(Object.keys(failures[0] ?? {})).not.toContain("period");
  });

  test("of a month that a person runs leaves the other months alone", async () => {
    lake.fill(MAY);
    removeDay("2026-05-19");
    const { result } = await lake.run({ period: MAY, as_of: "2026-06-04T06:00:00Z" });
    expect(result).toMatchObject({ code: "month_incomplete" });
    expect(lake.objects.has(manifestKey(APRIL, 1))).toBe(false);
  });

  test("of the billing does not keep a month from being closed", async () => {
    lake.objects.set(billKey(1), Buffer.from("{}"));
    const { result } = await lake.at("2026-05-04T06:00:00Z");
    expect(result).toMatchObject({ code: "snapshot_damaged", message: "A stored bill is not valid." });
    expect(lake.objects.has(manifestKey(APRIL, 1))).toBe(true);
  });

  test("of a month whose newest revision is damaged does not keep another one from being closed", async () => {
    await lake.at("2026-05-04T06:00:00Z");
    lake.fill(MAY);
    lake.objects.set(manifestKey(APRIL, 1), Buffer.from("{}"));
    const { result } = await lake.at("2026-06-04T06:00:00Z");
    expect(result).toMatchObject({ code: "snapshot_damaged" });
    expect(lake.objects.has(manifestKey(MAY, 1))).toBe(true);
  });

  test("is a bill without damaged revisions, which the error names", async () => {
    await lake.at("2026-05-04T06:00:00Z");
    lake.fill(MAY);
    await lake.at("2026-06-04T06:00:00Z");
    for (const of of ["2026-04", "2026-05"]) correct(of, "2026-06-05T00:00:00Z");
    await lake.at("2026-06-05T06:00:00Z");
    for (const of of [APRIL, MAY]) lake.objects.set(manifestKey(of, 2), Buffer.from("{}"));
    lake.fill("2026-06");
    const { result } = await lake.run({ period: "2026-06", as_of: "2026-07-04T06:00:00Z" });
    expect(result).toMatchObject({
      code: "snapshot_damaged",
      message:
        "Bills were written without damaged revisions: revision 2 of 2026-04 (bill 3), revision 2 of 2026-05 (bill 3). Repair them; a later bill then names them.",
    });
    expect(lake.objects.has(billKey(3))).toBe(true);
  });

  test("of the restoring of heads fails the run after its month is closed", async () => {
    const keys: SnapshotStore["keys"] = async (prefix) => {
      if (prefix === "heads/") throw new Error("the store does not answer");
      return lake.store.keys(prefix);
    };
    const { result } = await lake.at("2026-05-04T06:00:00Z", { store: failing({ keys }) });
    expect(result).toEqual(new Error("the store does not answer"));
    expect(lake.objects.has(manifestKey(APRIL, 1))).toBe(true);
  });

  test.each([
    ["the schedule", { scheduled_time: "2026-05-04T06:00:00Z" }],
    ["a person", BY_HAND],
    ["a bill of adjustments", ADJUSTMENTS],
  ])("of a library that throws a text is an Error with that text, for %s", async (_, event) => {
    const text = () => Promise.reject(thrown);
    const { result } = await lake.run(event, { store: failing({ list: text, keys: text }) });
    expect(result).toEqual(new Error("no answer"));
  });
});
