/** A manifest that somebody removed, although the bucket's policy denies it: its revision is damaged, not absent. */
import { beforeEach, expect, test } from "vitest";
import { billingSnapshotsApi } from "../../../functions/billing-snapshots-api/handler.ts";
import { manifestKey } from "../../../lib/billing/manifest.ts";
import { memoryStore } from "../../lib/billing/memory-store.ts";
import { month } from "../../lib/billing/valid.ts";
import { watchedLake } from "../../lib/billing/watched-lake.ts";
import { gatewayEvent, invocation } from "../../lib/http/events.ts";
import { day, uuid } from "../../lib/valid.ts";

const APRIL = "2026-04";
const LATE = { dt: "2026-04-11", seconds: 30, recordedAt: "2026-05-10T12:00:00Z" };

let lake: ReturnType<typeof watchedLake>;
beforeEach(async () => {
  lake = watchedLake(APRIL);
  lake.fill(APRIL);
  await lake.at("2026-05-04T06:00:00Z");
  lake.months.set(month(APRIL), [...(lake.months.get(month(APRIL)) ?? []), LATE]);
  await lake.at("2026-05-11T06:00:00Z");
});

async function ask(query = ""): Promise<unknown> {
  const handler = billingSnapshotsApi({
    store: memoryStore(lake.objects),
    resellerClaim: "reseller_ids",
    graceDays: 3,
    earliestDate: day("2020-01-01"),
    now: () => Date.parse("2026-06-01T00:00:00Z"),
    write: () => undefined,
  });
  const event = {
    ...gatewayEvent({ query, claims: { reseller_ids: [uuid("a1")] } }),
    rawPath: `/v1/billing/snapshots/${APRIL}`,
    pathParameters: { period: APRIL },
  };
  const { statusCode, body } = await Reflect.apply(handler, undefined, [event, invocation()]);
  return statusCode === 200 ? JSON.parse(body).revision : JSON.parse(body).type;
}

const DAMAGED = "/problems/snapshot_damaged";

test.each([
  ["the newest", [2], { newest: DAMAGED, first: 1, second: DAMAGED }],
  ["an earlier one", [1], { newest: 2, first: DAMAGED, second: 2 }],
  ["every one", [1, 2], { newest: DAMAGED, first: DAMAGED, second: DAMAGED }],
])("of %s: no other revision is shown in its place", async (_, removed, expected) => {
  expect([await ask(), await ask("revision=1"), await ask("revision=2")]).toEqual([2, 1, 2]);
  for (const number of removed) lake.objects.delete(manifestKey(month(APRIL), number));
  expect({
    newest: await ask(),
    first: await ask("revision=1"),
    second: await ask("revision=2"),
  }).toEqual(expected);
});

test("is not written again by a run, by the schedule or by hand, although the figures have changed", async () => {
  lake.objects.delete(manifestKey(month(APRIL), 2));
  lake.months.set(month(APRIL), [...(lake.months.get(month(APRIL)) ?? []), { ...LATE, seconds: 31 }]);
  const before = [...lake.objects.keys()];
  for (const event of [
    { scheduled_time: "2026-05-12T06:00:00Z" },
    { period: APRIL, as_of: "2026-05-12T06:00:00Z" },
  ]) {
    expect((await lake.run(event)).result).toMatchObject({
      code: "snapshot_damaged",
      message: "The manifest of 2026-04, revision 2, is missing.",
    });
  }
  expect([...lake.objects.keys()]).toEqual(before);
  expect(await lake.findings()).not.toEqual([]);
});

test("of a revision that never was is no damage", async () => {
  expect(await ask("revision=3")).toBe("/problems/not_found");
});
