import { describe, expect, test } from "vitest";
import { type Bill, billBytes, billKey, billNumber, parseBill } from "../../../lib/billing/bills/bill.ts";
import { readChain } from "../../../lib/billing/bills/chain.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import type { ReadableStore } from "../../../lib/billing/snapshots.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { toSignedSeconds } from "../../../lib/minutes.ts";
import { memoryStore } from "./memory-store.ts";
import { instant, month, snapshotFailureOf } from "./valid.ts";

const [MARCH, APRIL] = [month("2026-03"), month("2026-04")];
const HASH = "a".repeat(64);
const ZERO = toSignedSeconds(0);

function source(kind: "usage" | "adjustments", revision: number, period = MARCH): Bill["sources"][number] {
  return { period, revision, sha256: HASH, kind };
}

/** The first bill, with these members changed. */
function bill(members: Partial<Bill>): Bill {
  return {
    schema_version: 1,
    number: 1,
    kind: "month",
    period: MARCH,
    as_of: instant("2026-04-04T06:00:00Z"),
    previous: null,
    sources: [source("usage", 1)],
    totals: { usage_seconds: ZERO, adjustment_seconds: ZERO, seconds: ZERO },
    left_out: [],
    ...members,
  };
}

/** Numbers the bills, and gives each the hash of the one before it. */
function chained(...bills: readonly Partial<Bill>[]): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  let previous: Bill["previous"] = null;
  for (const [index, members] of bills.entries()) {
    const number = index + 1;
    const bytes = billBytes(bill({ number, previous, ...members }));
    objects.set(billKey(number), bytes);
    previous = { number, sha256: sha256(bytes) };
  }
  return objects;
}

const ADJUSTMENTS = { kind: "adjustments" as const, period: null, sources: [source("adjustments", 2)] };

async function refusalOf(store: ReadableStore): Promise<string> {
  const error = await readChain(store).catch((reason: unknown) => reason);
  if (!(error instanceof SnapshotError)) throw new Error("the chain was read");
  expect(error.code).toBe("snapshot_damaged");
  return error.message.replace(" No bill is written until the chain of bills is repaired.", " …");
}

describe("the key of a bill", () => {
  test("has its number with at least six digits, which are read back", () => {
    for (const [number, key] of [
      [1, "bills/000001.json"],
      [999_999, "bills/999999.json"],
      [1_000_000, "bills/1000000.json"],
    ] as const) {
      expect(billKey(number)).toBe(key);
      expect(billNumber(key)).toBe(number);
    }
  });

  test.each([
    "bills/1.json",
    "bills/0000001.json",
    "bills/000001.json.bak",
    "bills/old/bills/000001.json",
    "bills/-00001.json",
    "bills/000NaN.json",
    "bills/99999999999999999999.json",
    "bills/readme.txt",
    "",
  ])("is not %j", (key) => {
    expect(billNumber(key)).toBeUndefined();
  });
});

describe("a stored bill", () => {
  test("is read back from its bytes", () => {
    expect(parseBill(billBytes(bill({})))).toEqual(bill({}));
  });

  test.each<[string, Uint8Array]>([
    ["not JSON", Buffer.from("{")],
    ["not UTF-8", Buffer.from([0xff])],
    ["of another schema", Buffer.from(JSON.stringify({ ...bill({}), schema_version: 2 }))],
    ["with number 0", Buffer.from(JSON.stringify(bill({ number: 0 })))],
    ["with an unknown member", Buffer.from(JSON.stringify({ ...bill({}), note: "" }))],
  ])("that is %s is damaged", (_, bytes) => {
    const { code, message, cause } = snapshotFailureOf(() => parseBill(bytes));
    expect([code, message]).toEqual(["snapshot_damaged", "A stored bill is not valid."]);
    expect(cause).toBeInstanceOf(Error);
  });
});

describe("the chain of bills", () => {
  test("names the last revision of each month, and the hash of each bill's bytes", async () => {
    const objects = chained({}, ADJUSTMENTS, { period: APRIL, sources: [source("usage", 1, APRIL)] });
    const { bills, named } = await readChain(memoryStore(objects));
    expect(bills.map(({ bill: { number } }) => number)).toEqual([1, 2, 3]);
    expect(bills.map((each) => each.sha256)).toEqual([...objects.values()].map(sha256));
    expect([...named.values()]).toEqual([source("adjustments", 2), source("usage", 1, APRIL)]);
  });

  test("has its bills in the order of their numbers, whatever the order of the keys, and ignores other keys", async () => {
    const objects = chained({}, ADJUSTMENTS, { ...ADJUSTMENTS, sources: [source("adjustments", 3)] });
    for (const key of ["bills/000002.json.bak", "bills/0000004.json"]) objects.set(key, Buffer.of());
    const store = memoryStore(objects);
    const reversed = { ...store, keys: async (prefix: string) => (await store.keys(prefix)).toReversed() };
    expect((await readChain(reversed)).bills.map(({ bill: { number } }) => number)).toEqual([1, 2, 3]);
  });

  test("may open with any revision of months before the first billed one", async () => {
    const opening = { kind: "opening" as const, period: null, sources: [source("usage", 7)] };
    expect((await readChain(memoryStore(chained(opening)))).named.get(MARCH)).toEqual(source("usage", 7));
  });

  test("without a number in between is damaged", async () => {
    const objects = chained({}, ADJUSTMENTS, { ...ADJUSTMENTS, sources: [source("adjustments", 3)] });
    objects.delete(billKey(2));
    expect(await refusalOf(memoryStore(objects))).toBe("Bill 2 is missing. …");
  });

  test("with a bill that is listed, but missing, is damaged", async () => {
    const store = { ...memoryStore(chained({})), get: async () => undefined };
    expect(await refusalOf(store)).toBe("Bill 1 is listed but missing. …");
  });

  test.each<[string, Partial<Bill>, string]>([
    ["another bill's number", { number: 3 }, "has the number 3 inside"],
    ["no bill before it", { ...ADJUSTMENTS, previous: null }, "does not follow the stored bill before it"],
    [
      "the number of another bill before it",
      { ...ADJUSTMENTS, previous: { number: 2, sha256: sha256(billBytes(bill({}))) } },
      "does not follow the stored bill before it",
    ],
    [
      "the hash of another bill before it",
      { ...ADJUSTMENTS, previous: { number: 1, sha256: HASH } },
      "does not follow the stored bill before it",
    ],
    ["usage that is billed already", {}, "bills the usage of 2026-03 a second time"],
    [
      "the usage of a later revision",
      { sources: [source("usage", 2, APRIL)] },
      "bills the usage of 2026-04 from revision 2",
    ],
    [
      "adjustments of a month that is not billed",
      { sources: [source("adjustments", 2, APRIL)] },
      "names revision 2 of 2026-04 out of order",
    ],
    [
      "adjustments that skip a revision",
      { sources: [source("adjustments", 3)] },
      "names revision 3 of 2026-03 out of order",
    ],
    [
      "adjustments of the revision that is billed",
      { sources: [source("adjustments", 1)] },
      "names revision 1 of 2026-03 out of order",
    ],
  ])("whose second bill has %s is damaged", async (_, second, problem) => {
    expect(await refusalOf(memoryStore(chained({}, second)))).toBe(`Bill 2 ${problem}. …`);
  });

  test("whose first bill names a bill before it is damaged", async () => {
    const objects = chained({ previous: { number: 1, sha256: HASH } });
    expect(await refusalOf(memoryStore(objects))).toBe("Bill 1 does not follow the stored bill before it. …");
  });
});
