import { expect, test } from "vitest";
import { type Manifest, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { parseStatement } from "../../../lib/billing/statement.ts";
import { runsWorld } from "./runs-world.ts";
import { instant, month } from "./valid.ts";

const JANUARY = month("2026-01");
const at = (text: string) => Date.parse(instant(text));

function statementsOf(objects: ReadonlyMap<string, Uint8Array>, { resellers }: Manifest) {
  return resellers.map(({ key }) => parseStatement(objects.get(key) ?? new Uint8Array()));
}

test("a month that was closed without lines of 0 seconds gets them in its next revision, without adjustments", async () => {
  const world = runsWorld();
  // As the first release closed it: the directory was not in the statements.
  await world.run({ scheduled_time: "2026-02-04T06:00:00Z" }, at("2026-02-04T06:00:00Z"));
  const first = new Map(world.objects);
  world.setDirectory([
    { reseller: "a1", agent: "c9" },
    { reseller: "a2", agent: "c1" },
  ]);
  // Files that were written again make the run query the month, and the directory alone changes no figure.
  world.rewrite(JANUARY);
  await world.run({ scheduled_time: "2026-02-05T06:00:00Z" }, at("2026-02-05T06:00:00Z"));
  expect(world.newest(JANUARY)?.revision).toBe(1);

  world.change(JANUARY, (records) => [
    ...records,
    {
      call: "late",
      dt: "2026-01-09",
      reseller: "a1",
      agent: "c1",
      seconds: 7,
      recordedAt: "2026-02-05T12:00:00Z",
    },
  ]);
  await world.run({ scheduled_time: "2026-02-06T06:00:00Z" }, at("2026-02-06T06:00:00Z"));
  const manifest = parseManifest(world.objects.get(manifestKey(JANUARY, 2)) ?? new Uint8Array());
  const [a1, a2] = statementsOf(world.objects, manifest);
  expect(a1?.organizations.flatMap(({ agents }) => agents.map(({ seconds }) => seconds))).toEqual([
    31 * 60 + 7,
    0,
  ]);
  expect(a1?.adjustments.map(({ before, after }) => after - before)).toEqual([7]);
  expect(a2?.organizations.flatMap(({ agents }) => agents.map(({ seconds }) => seconds))).toEqual([0]);
  expect(a2?.adjustments).toEqual([]);
  for (const [key, bytes] of first) expect(world.objects.get(key)).toEqual(bytes);
  expect(await world.findings()).toEqual([]);
});
