import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyBucket } from "../../../audit/verify/verify-bucket.ts";
import { minutesText } from "../../../lib/minutes.ts";
import { collect } from "../valid.ts";
import { billsWorld } from "./bills-world.ts";
import { memoryBucket } from "./memory-store.ts";
import { month } from "./valid.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/billing.md"), "utf8");
const [APRIL, MAY, JUNE] = [month("2026-04"), month("2026-05"), month("2026-06")];

test("the worked example for finance equals what the service bills", async () => {
  const world = billsWorld(APRIL);
  const bill = () => world.run("months", {});
  await world.revise(APRIL, { a1: 600_000 });
  await bill();
  await world.revise(APRIL, { a1: 599_100 });
  await world.revise(MAY, { a1: 540_000 });
  await bill();
  await world.revise(APRIL, { a1: 599_401 });
  await world.revise(JUNE, { a1: 480_000 });
  await bill();

  const rows = world.bills().map(({ number, period, totals }) => {
    const { usage_seconds, adjustment_seconds, seconds } = totals;
    return [number, period, usage_seconds, adjustment_seconds, seconds, minutesText(seconds)];
  });
  const told = [...PAGE.matchAll(/^\| \d .*\|$/gm)].map(([row]) => row);
  expect(told).toEqual(rows.map((row) => `| ${row.join(" | ")} |`));
  const sum = world.bills().reduce((total, { totals }) => total + totals.seconds, 0);
  expect(PAGE).toContain(`sum to ${sum.toLocaleString("en-US")} seconds`);
  expect(sum).toBe(599_401 + 540_000 + 480_000);
  const verdicts = await collect(verifyBucket(memoryBucket(world.objects), { from: APRIL }));
  expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
});
