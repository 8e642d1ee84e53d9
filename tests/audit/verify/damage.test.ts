import { beforeEach, describe, expect, test } from "vitest";
import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { billBytes, billKey, parseBill } from "../../../lib/billing/bills/bill.ts";
import { monthAfter } from "../../../lib/billing/month.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { memoryBucket } from "../../lib/billing/memory-store.ts";
import { BILL_FROM, type RunsWorld, runsWorld } from "../../lib/billing/runs-world.ts";
import { collect } from "../../lib/valid.ts";

let world: RunsWorld;

/** A call of January by another reseller, which arrives at this instant. */
function arrives(recordedAt: string, seconds: number): void {
  const record = { call: "late", dt: "2026-01-07", reseller: "a2", agent: "c2", seconds, recordedAt };
  world.change(BILL_FROM, (records) => [...records, record]);
}

const runAt = (scheduled_time: string) => world.run({ scheduled_time }, Date.parse(scheduled_time));

/** An opening, two billed months with corrections, looks that changed nothing, and a correction that waits. */
beforeEach(async () => {
  world = runsWorld();
  const as_of = "2026-01-20T06:00:00Z";
  await world.run({ period: "2025-12", as_of }, Date.parse(as_of));
  await runAt("2026-02-05T06:00:00Z");
  arrives("2026-02-10T06:00:00Z", 60);
  await runAt("2026-02-11T06:00:00Z");
  world.rewrite(BILL_FROM);
  await runAt("2026-02-12T06:00:00Z");
  await runAt("2026-03-05T06:00:00Z");
  arrives("2026-03-10T06:00:00Z", 30);
  await runAt("2026-03-11T06:00:00Z");
  world.rewrite(monthAfter(BILL_FROM));
  await runAt("2026-03-12T06:00:00Z");
});

/** What an auditor finds who has noted the number and the hash of the last bill. */
async function findings(objects: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const head = { number: 3, sha256: sha256(world.objects.get(billKey(3)) ?? Buffer.of()) };
  const verdicts = await collect(verifyBucket(memoryBucket(objects), { from: BILL_FROM, head }));
  return verdicts.flatMap(({ findings: found }) => found);
}

const PREFIXES = ["bills/", "changed/", "heads/", "looked/", "minutes-by-organization/", "totals/"];

test("reports no fault in a bucket with an object of every kind", async () => {
  const keys = [...world.objects.keys()];
  expect(PREFIXES.filter((prefix) => !keys.some((key) => key.startsWith(prefix)))).toEqual([]);
  expect(keys.filter((key) => key.startsWith("bills/"))).toHaveLength(3);
  expect(await findings(world.objects)).toEqual([]);
});

describe("finds", () => {
  test("every changed byte in every object", async () => {
    const missed: string[] = [];
    for (const [key, bytes] of world.objects) {
      for (let tried = 0; tried < 5 && bytes.length > 0; tried += 1) {
        const changed = Buffer.from(bytes);
        const at = Math.floor((bytes.length * (tried + 0.5)) / 5);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const found = await findings(new Map([...world.objects, [key, changed]]));
        if (found.length === 0) missed.push(`${key} at ${at}`);
      }
    }
    expect(missed).toEqual([]);
  });

  test("every removed object, except those that the next run writes again", async () => {
    const missed: string[] = [];
    for (const key of world.objects.keys()) {
      const left = new Map(world.objects);
      left.delete(key);
      if ((await findings(left)).length === 0) missed.push(key.replace(/\d.*/, ""));
    }
    expect(new Set(missed)).toEqual(new Set(["looked/", "totals/complete/"]));
  });

  test("every object under the name of another reseller, month or revision", async () => {
    const missed: string[] = [];
    for (const [key, bytes] of world.objects) {
      const other = key
        .replace(/000000000000(a\d)/, (_, reseller) => `000000000000${reseller === "a1" ? "a2" : "a1"}`)
        .replace("2026-01", "2026-02");
      if (other === key || world.objects.has(other)) continue;
      const moved = new Map([...world.objects].filter(([each]) => each !== key));
      if ((await findings(moved.set(other, bytes))).length === 0) missed.push(key);
    }
    expect(missed).toEqual([]);
  });

  test("a month that is due in an opening, which nobody posts", async () => {
    const key = billKey(3);
    const left = new Map([...world.objects].filter(([each]) => each !== key && each !== billKey(2)));
    const second = parseBill(world.objects.get(billKey(2)) ?? Buffer.of());
    left.set(billKey(1), billBytes({ ...second, number: 1, kind: "opening", period: null, previous: null }));
    expect(await findings(left)).toContain(
      "an opening names the usage of 2026-01, but 2026-01 is the first month to bill",
    );
  });
});
