import { beforeEach, describe, expect, test } from "vitest";
import { billBytes, billKey, parseBill } from "../../../lib/billing/bills/bill.ts";
import { asksForAdjustments } from "../../../lib/billing/bills/event.ts";
import { manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { month, snapshotFailureOf } from "./valid.ts";

const [JANUARY, FEBRUARY, MARCH] = [month("2026-01"), month("2026-02"), month("2026-03")];

let world: BillsWorld;

beforeEach(() => {
  world = billsWorld(FEBRUARY);
});

/** `number kind period: sources; seconds` of every bill. */
function told(): string[] {
  return world.bills().map(({ number, kind, period, sources, totals }) => {
    const named = sources.map((source) => `${source.kind} ${source.period}.${source.revision}`);
    return `${number} ${kind} ${period}: ${named.join(", ")}; ${totals.seconds}`;
  });
}

describe("a run", () => {
  test("bills each closed month once, the oldest first, with the adjustments of earlier bills' months", async () => {
    await world.revise(MARCH, { a1: 50 });
    await world.revise(FEBRUARY, { a1: 100, a2: 10 });
    await world.run("months", {});
    await world.revise(FEBRUARY, { a1: 40, a2: 10 });
    await world.run("months", {});
    await world.revise(month("2026-04"), { a1: 7 });
    await world.run("months", {});
    expect(told()).toEqual([
      "1 month 2026-02: usage 2026-02.1; 110",
      "2 month 2026-03: usage 2026-03.1; 50",
      "3 month 2026-04: usage 2026-04.1, adjustments 2026-02.2; -53",
    ]);
  });

  test("bills a month that is closed late under the next number", async () => {
    await world.revise(MARCH, { a1: 50 });
    await world.run("months", {});
    await world.revise(FEBRUARY, { a1: 100 });
    await world.run("months", {});
    expect(told()).toEqual(["1 month 2026-03: usage 2026-03.1; 50", "2 month 2026-02: usage 2026-02.1; 100"]);
  });

  test("names the later revisions of the month that it bills in the same bill", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.revise(FEBRUARY, { a1: 2 });
    await world.revise(FEBRUARY, { a1: 9 });
    await world.run("months", {});
    expect(told()).toEqual([
      "1 month 2026-02: usage 2026-02.1, adjustments 2026-02.2, adjustments 2026-02.3; 9",
    ]);
  });

  test("opens with the newest revisions of the months before the first billed one, and adjusts them later", async () => {
    await world.revise(JANUARY, { a1: 5 });
    await world.revise(JANUARY, { a1: 6 });
    await world.run("months", {});
    await world.revise(JANUARY, { a1: 9 });
    await world.revise(FEBRUARY, { a1: 1 });
    await world.run("months", {});
    expect(told()).toEqual([
      "1 opening null: usage 2026-01.2; 6",
      "2 month 2026-02: usage 2026-02.1, adjustments 2026-01.3; 4",
    ]);
  });

  test("bills only adjustments when run by hand, and nothing if none waits", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.run("months", {});
    await world.run("adjustments", {});
    await world.revise(FEBRUARY, { a1: 2 });
    await world.run("adjustments", {});
    await world.run("adjustments", {});
    expect(told()).toEqual([
      "1 month 2026-02: usage 2026-02.1; 5",
      "2 adjustments null: adjustments 2026-02.2; -3",
    ]);
  });

  test("leaves out a damaged revision and says so; a later bill names it after the repair", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.run("months", {});
    await world.revise(FEBRUARY, { a1: 2 });
    world.damage(FEBRUARY);
    await world.revise(MARCH, { a1: 1 });
    await world.run("months", {});
    expect(world.bills()[1]?.left_out).toEqual([{ period: FEBRUARY, revision: 2 }]);
    world.repair();
    await world.run("adjustments", {});
    expect(told().slice(1)).toEqual([
      "2 month 2026-03: usage 2026-03.1; 1",
      "3 adjustments null: adjustments 2026-02.2; -3",
    ]);
  });

  test("leaves out a revision that does not supersede the one that the last bill names", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.run("months", {});
    await world.revise(FEBRUARY, { a1: 2 });
    const key = manifestKey(FEBRUARY, 2);
    const manifest = parseManifest(world.objects.get(key) ?? new Uint8Array());
    const supersedes = { revision: 1, sha256: "0".repeat(64) };
    world.objects.set(key, Buffer.from(JSON.stringify({ ...manifest, supersedes })));
    await world.revise(MARCH, { a1: 1 });
    await world.run("months", {});
    expect(world.bills()[1]?.left_out).toEqual([{ period: FEBRUARY, revision: 2 }]);
  });

  test("bills the other months if the first revision of one is damaged, and then fails", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    world.damage(FEBRUARY);
    await world.revise(MARCH, { a1: 1 });
    expect(await world.run("months", {})).toMatchObject({ code: "snapshot_damaged" });
    expect(told()).toEqual(["1 month 2026-03: usage 2026-03.1; 1"]);
  });
});

describe("a broken chain", () => {
  beforeEach(async () => {
    for (const of of [FEBRUARY, MARCH]) await world.revise(of, { a1: 5 });
    await world.run("months", {});
  });

  test.each([
    ["a bill is missing", () => void world.objects.delete(billKey(1))],
    ["a bill has changed", () => rewrite(1, { as_of: "2026-03-04T00:00:01Z" })],
    ["a bill has another number inside", () => rewrite(2, { number: 3 })],
    ["a bill is not valid", () => void world.objects.set(billKey(2), Buffer.from("{"))],
  ])("stops all billing when %s", async (_, damage) => {
    damage();
    await world.revise(month("2026-04"), { a1: 1 });
    expect(await world.run("months", {})).toBeInstanceOf(SnapshotError);
    expect(world.objects.has(billKey(3))).toBe(false);
  });

  function rewrite(number: number, members: object): void {
    const bill = parseBill(world.objects.get(billKey(number)) ?? new Uint8Array());
    world.objects.set(billKey(number), billBytes({ ...bill, ...members }));
  }
});

describe("the event of a bill of adjustments", () => {
  test("has one member with one value", () => {
    expect(asksForAdjustments({ bill: "adjustments" })).toBe(true);
    expect(asksForAdjustments({ scheduled_time: "2026-05-04T06:00:00Z" })).toBe(false);
    expect(asksForAdjustments(null)).toBe(false);
    for (const event of [{ bill: "month" }, { bill: "adjustments", period: "2026-04" }]) {
      expect(snapshotFailureOf(() => asksForAdjustments(event)).code).toBe("invalid_event");
    }
  });
});
