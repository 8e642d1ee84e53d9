import { beforeEach, describe, expect, test } from "vitest";
import { billBytes, billKey, parseBill } from "../../../lib/billing/bills/bill.ts";
import { asksForAdjustments } from "../../../lib/billing/bills/event.ts";
import { billClosedMonths } from "../../../lib/billing/bills/write-bills.ts";
import { manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { type BillsWorld, billsWorld } from "./bills-world.ts";
import { instant, month, snapshotFailureOf } from "./valid.ts";

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

describe("a bill", () => {
  test("is as new as the newest revision that it names", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.revise(FEBRUARY, { a1: 6 });
    await world.run("months", {});
    // The world closes a month 1 hour after its grace, and revises it each hour after that.
    expect(world.bills()[0]?.as_of).toBe("2026-03-04T02:00:00Z");
    await world.revise(MARCH, { a1: 1 });
    await world.revise(FEBRUARY, { a1: 7 });
    await world.run("months", {});
    expect(world.bills()[1]?.as_of).toBe("2026-04-04T01:00:00Z");
  });

  test("names adjustments by month, in whatever order the months were billed", async () => {
    for (const of of [MARCH, FEBRUARY]) {
      await world.revise(of, { a1: 5 });
      await world.run("months", {});
    }
    for (const of of [MARCH, FEBRUARY]) await world.revise(of, { a1: 6 });
    await world.run("adjustments", {});
    expect(told().at(-1)).toBe("3 adjustments null: adjustments 2026-02.2, adjustments 2026-03.2; 2");
    const [, , { totals } = {}] = world.bills();
    expect(totals).toEqual({ usage_seconds: 0, adjustment_seconds: 2, seconds: 2 });
  });

  test("is not written for a month of which an interrupted run has left only statements", async () => {
    world.objects.set("minutes-by-organization/period=2026-02/revision=0001/resellers/x.json", Buffer.of());
    expect(await world.run("months", {})).toBeUndefined();
    expect(told()).toEqual([]);
  });

  test("is not written for a month before the first billed one that is closed later", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.run("months", {});
    await world.revise(JANUARY, { a1: 9 });
    await world.run("months", {});
    expect(told()).toEqual(["1 month 2026-02: usage 2026-02.1; 5"]);
  });

  test("opens with the newest revision that can be read, and lists the damaged ones", async () => {
    await world.revise(JANUARY, { a1: 5 });
    await world.revise(JANUARY, { a1: 6 });
    world.damage(JANUARY);
    world.objects.set("minutes-by-organization/period=2026-01/revision=0003/resellers/x.json", Buffer.of());
    await world.run("months", {});
    expect(told()).toEqual(["1 opening null: usage 2026-01.1; 5"]);
    expect(world.bills()[0]?.left_out).toEqual([{ period: JANUARY, revision: 2 }]);
  });

  test.each<[string, (key: string) => unknown]>([
    ["is missing", (key) => world.objects.delete(key)],
    ["is damaged", (key) => world.objects.set(key, Buffer.from("{}"))],
    ["has changed", (key) => changeManifest(key, { as_of: "2026-03-04T00:00:00Z" })],
  ])("leaves out the adjustments of a revision that was billed, but %s", async (_, damage) => {
    await world.revise(FEBRUARY, { a1: 5 });
    await world.run("months", {});
    await world.revise(FEBRUARY, { a1: 2 });
    damage(manifestKey(FEBRUARY, 1));
    expect(await world.run("adjustments", {})).toBeUndefined();
    expect(world.objects.has(billKey(2))).toBe(false);
  });

  function changeManifest(key: string, members: object): void {
    const manifest = parseManifest(world.objects.get(key) ?? new Uint8Array());
    world.objects.set(key, Buffer.from(JSON.stringify({ ...manifest, ...members })));
  }
});

describe("a run beside another one", () => {
  /** Bills with a store whose answer to the first bill is that its number is taken; @returns the numbers written */
  async function numbersOf(first: (key: string, bytes: Uint8Array) => unknown): Promise<number[]> {
    let isFirst = true;
    const create: SnapshotStore["create"] = async (key, bytes) => {
      if (!isFirst || !key.startsWith("bills/")) return world.store.create(key, bytes);
      isFirst = false;
      first(key, bytes);
      return "exists";
    };
    const numbers: number[] = [];
    await billClosedMonths({ ...world.store, create }, FEBRUARY, ({ number }) => void numbers.push(number));
    return numbers;
  }

  /** The same bill, made by another run as of another instant. */
  function anothers(key: string, bytes: Uint8Array): void {
    world.objects.set(key, billBytes({ ...parseBill(bytes), as_of: instant("2026-03-05T00:00:00Z") }));
  }

  test("has written a bill if the answer to its own attempt was lost", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    expect(await numbersOf((key, bytes) => world.objects.set(key, bytes))).toEqual([1]);
    expect(told()).toEqual(["1 month 2026-02: usage 2026-02.1; 5"]);
  });

  test("does not bill a month that the other run has billed", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    expect(await numbersOf(anothers)).toEqual([]);
    expect(told()).toEqual(["1 month 2026-02: usage 2026-02.1; 5"]);
  });

  test("does not open a second time after the other run's opening", async () => {
    await world.revise(JANUARY, { a1: 5 });
    await world.revise(FEBRUARY, { a1: 7 });
    expect(await numbersOf(anothers)).toEqual([2]);
    expect(told()).toEqual(["1 opening null: usage 2026-01.1; 5", "2 month 2026-02: usage 2026-02.1; 7"]);
  });

  test("gives up after 50 attempts, with an error that says what to do", async () => {
    await world.revise(FEBRUARY, { a1: 5 });
    let attempts = 0;
    const create: SnapshotStore["create"] = async () => {
      attempts += 1;
      return "exists";
    };
    await expect(bill({ ...world.store, create })).rejects.toMatchObject({
      code: "snapshot_conflict",
      message: "Other runs took the next bill's number 50 times. Run again when they have ended.",
    });
    expect(attempts).toBe(50);
  });

  test("stops at once if the store fails, and does not bill a later month first", async () => {
    for (const of of [FEBRUARY, MARCH]) await world.revise(of, { a1: 5 });
    const failing = manifestKey(FEBRUARY, 1);
    const get: SnapshotStore["get"] = async (key) => {
      if (key === failing) throw new Error("the store does not answer");
      return world.store.get(key);
    };
    await expect(bill({ ...world.store, get })).rejects.toThrow("the store does not answer");
    expect(told()).toEqual([]);
  });

  function bill(store: SnapshotStore): Promise<void> {
    return billClosedMonths(store, FEBRUARY, () => undefined);
  }
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
    for (const other of [null, undefined, "adjustments"]) expect(asksForAdjustments(other)).toBe(false);
    for (const event of [{ bill: "month" }, { bill: "adjustments", period: "2026-04" }]) {
      const { code, message } = snapshotFailureOf(() => asksForAdjustments(event));
      expect([code, message]).toEqual([
        "invalid_event",
        'bill must be "adjustments", without any other member. The function takes {"bill": "adjustments"}.',
      ]);
    }
  });
});
