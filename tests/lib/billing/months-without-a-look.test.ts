import { expect, test } from "vitest";
import { parseManifest } from "../../../lib/billing/manifest.ts";
import { month } from "./valid.ts";
import { watchedLake } from "./watched-lake.ts";

const APRIL = "2026-04";
const LATE = { dt: "2026-04-11", seconds: 30, recordedAt: "2026-06-20T12:00:00Z" };

/** April was closed by a run that did not list the lake. It is older than the look-back of one month. */
async function closedWithoutListing() {
  const lake = watchedLake(APRIL, 1);
  for (const of of [APRIL, "2026-05", "2026-06"]) lake.fill(of);
  await lake.at("2026-05-04T06:00:00Z");
  for (const [key, bytes] of lake.objects) {
    const isManifest = key.endsWith("/manifest.json");
    if (/^(bills|heads|totals)\//.test(key)) lake.objects.delete(key);
    if (!isManifest) continue;
    const without = { ...parseManifest(bytes), listing_sha256: null };
    lake.objects.set(key, Buffer.from(JSON.stringify(without)));
  }
  return lake;
}

test("a month whose last look had no listing is checked once beyond the look-back, and then marked", async () => {
  const lake = await closedWithoutListing();
  await lake.at("2026-07-04T06:00:00Z");
  expect(lake.keysOf(`looked/${APRIL}/`)).toHaveLength(1);
  const queries = lake.queries();
  const { line } = await lake.at("2026-07-05T06:00:00Z");
  expect([lake.queries(), line["ChangedBeyondLookBack"]]).toEqual([queries, 0]);
  // From now on a change is reported, and waits for a person.
  lake.layouts.set(month(APRIL), "compacted");
  expect((await lake.at("2026-07-06T06:00:00Z")).line["changed_beyond_look_back"]).toEqual([APRIL]);
  expect(lake.queries()).toBe(queries);
});

test("a correction of such a month becomes an adjustment, because no run has reported it", async () => {
  const lake = await closedWithoutListing();
  lake.months.set(month(APRIL), [...(lake.months.get(month(APRIL)) ?? []), LATE]);
  const { result } = await lake.at("2026-07-04T06:00:00Z");
  expect(result).toHaveProperty(
    "others",
    expect.arrayContaining([expect.objectContaining({ outcome: "revised", period: APRIL })]),
  );
  expect(await lake.findings()).toEqual([]);
});
