import { beforeEach, describe, expect, test } from "vitest";
import { manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { month } from "./valid.ts";
import { type Call, watchedLake } from "./watched-lake.ts";

type WatchedLake = ReturnType<typeof watchedLake>;

const [MARCH, APRIL, MAY] = [month("2026-03"), month("2026-04"), month("2026-05")];

let lake: WatchedLake;
beforeEach(() => {
  lake = watchedLake("2026-04");
});

function change(of: string, edit: (calls: readonly Call[]) => Call[]): void {
  lake.months.set(month(of), edit(lake.months.get(month(of)) ?? []));
}

const late = (recordedAt: string, seconds = 600): Call => ({ dt: "2026-04-10", seconds, recordedAt });

function revisionsOf(of: string): number {
  return lake.keysOf(`minutes-by-organization/period=${of}/`).filter((key) => key.endsWith("manifest.json"))
    .length;
}

describe("a month that cannot be closed", () => {
  beforeEach(() => {
    lake.fill(APRIL);
    lake.fill(MAY);
    change(APRIL, (calls) => calls.filter(({ dt }) => dt !== "2026-04-19"));
  });

  test("is open for longer each day, after the end of the next month too, until it is closed", async () => {
    const days: unknown[] = [];
    for (const at of ["2026-05-04", "2026-05-30", "2026-05-31", "2026-06-01", "2026-06-04", "2026-07-02"]) {
      const { line } = await lake.at(`${at}T06:00:00Z`);
      days.push([line["OpenMonths"], line["OldestOpenDays"]]);
    }
    expect(days).toEqual([
      [1, 3],
      [1, 29],
      [1, 30],
      [1, 31],
      [1, 34],
      [1, 62],
    ]);
    change(APRIL, (calls) => [
      ...calls,
      { dt: "2026-04-19", seconds: 1, recordedAt: "2026-07-02T12:00:00Z" },
    ]);
    lake.fill("2026-06");
    const { line, result } = await lake.at("2026-07-05T06:00:00Z");
    expect([line["OpenMonths"], line["OldestOpenDays"]]).toEqual([0, 0]);
    expect(result).toMatchObject({ outcome: "closed", period: "2026-06" });
    expect(revisionsOf(APRIL)).toBe(1);
    expect(await lake.findings()).toEqual([]);
    expect(lake.keysOf("bills/")).toHaveLength(3);
  });

  test("is open from the end of its grace on, and not before", async () => {
    const openAt = async (at: string) => (await lake.at(at)).line["OpenMonths"];
    expect(await openAt("2026-05-03T23:59:59Z")).toBe(0);
    const { line } = await lake.at("2026-05-03T23:59:59Z", { remaining: 70_000 });
    expect([line["PostponedMonths"], line["OpenMonths"]]).toEqual([1, 0]);
    expect(await openAt("2026-05-04T00:00:00Z")).toBe(1);
  });

  test("does not keep the others from being closed; the run fails at its end and names each", async () => {
    const { result, failures } = await lake.at("2026-06-04T06:00:00Z");
    expect(result).toMatchObject({ code: "month_incomplete" });
    expect(failures).toEqual([]);
    expect(revisionsOf(MAY)).toBe(1);
    change(MAY, () => []);
    lake.fill("2026-06");
    const both = await lake.at("2026-07-04T06:00:00Z");
    expect(both.result).toMatchObject({ code: "month_incomplete" });
    expect(both.failures).toMatchObject([{ period: MAY, code: "month_incomplete" }]);
    expect(revisionsOf("2026-06")).toBe(1);
  });
});

describe("a closed month", () => {
  beforeEach(async () => {
    lake.fill(APRIL);
    await lake.at("2026-05-04T06:00:00Z");
    lake.fill(MAY);
    await lake.at("2026-06-04T06:00:00Z");
  });

  test("is not queried while its files are unchanged", async () => {
    const queries = lake.queries();
    const { result } = await lake.at("2026-06-05T06:00:00Z");
    expect(result).toMatchObject({ outcome: "unchanged", others: [{ outcome: "unchanged", period: APRIL }] });
    expect(lake.queries()).toBe(queries);
  });

  test("is revised for a correction that arrives months later, and the next bill names it", async () => {
    change(APRIL, (calls) => [...calls, late("2026-06-20T00:00:00Z")]);
    const { result } = await lake.at("2026-06-21T06:00:00Z");
    expect(result).toMatchObject({ others: [{ outcome: "revised", period: APRIL, revision: 2 }] });
    lake.fill("2026-06");
    await lake.at("2026-07-04T06:00:00Z");
    expect(lake.keysOf("bills/")).toHaveLength(3);
    expect(await lake.findings()).toEqual([]);
  });

  test("is marked once if changed files change no figure, and then not queried", async () => {
    lake.layouts.set(APRIL, "compacted");
    const before = lake.queries();
    await lake.at("2026-06-05T06:00:00Z");
    expect(lake.queries()).toBe(before + 1);
    expect(lake.keysOf("looked/")).toHaveLength(1);
    for (const at of ["2026-06-06", "2026-06-07"]) await lake.at(`${at}T06:00:00Z`);
    expect(lake.queries()).toBe(before + 1);
    expect([revisionsOf(APRIL), lake.keysOf("looked/").length]).toEqual([1, 1]);
  });

  test("is queried again if its files go from A to B and back to A", async () => {
    const first = lake.months.get(APRIL) ?? [];
    change(APRIL, (calls) => [...calls, late("2026-06-05T00:00:00Z")]);
    await lake.at("2026-06-06T06:00:00Z");
    lake.months.set(APRIL, first);
    expect((await lake.at("2026-06-07T06:00:00Z")).result).toMatchObject({ code: "month_shrunk" });
    const byHand = { period: APRIL, as_of: "2026-06-07T07:00:00Z", allow_shrunk: true, reason: "taken back" };
    expect((await lake.run(byHand)).result).toMatchObject({ outcome: "revised", revision: 3 });
    const manifest = parseManifest(lake.objects.get(manifestKey(APRIL, 3)) ?? new Uint8Array());
    expect(manifest.allowed_shrunk_days).toEqual([{ day: "2026-04-10", reason: "taken back" }]);
    const queries = lake.queries();
    expect((await lake.at("2026-06-08T06:00:00Z")).result).toMatchObject({ outcome: "unchanged" });
    expect(lake.queries()).toBe(queries);
  });

  test("counts a record that the cutoff left out as soon as it is due, although no file has changed", async () => {
    change(APRIL, (calls) => [...calls, late("2026-06-09T12:00:00Z")]);
    await lake.at("2026-06-08T06:00:00Z");
    const queries = lake.queries();
    await lake.at("2026-06-09T06:00:00Z");
    expect([lake.queries(), revisionsOf(APRIL)]).toEqual([queries, 1]);
    await lake.at("2026-06-10T06:00:00Z");
    expect(revisionsOf(APRIL)).toBe(2);
  });

  test("counts a file that arrived between an interrupted run and its repetition", async () => {
    change(APRIL, (calls) => [...calls, late("2026-06-05T00:00:00Z")]);
    const create = (key: string, bytes: Uint8Array) =>
      key.endsWith("manifest.json") ? Promise.reject(new Error("killed")) : lake.store.create(key, bytes);
    await lake.at("2026-06-06T06:00:00Z", { store: { ...lake.store, create } });
    expect(revisionsOf(APRIL)).toBe(1);
    change(APRIL, (calls) => [...calls, late("2026-06-05T01:00:00Z", 5)]);
    await lake.at("2026-06-06T06:00:00Z");
    const { totals } = parseManifest(lake.objects.get(manifestKey(APRIL, 2)) ?? new Uint8Array());
    expect(totals.seconds).toBe(30 * 60 + 605);
  });

  test("that shrinks is never revised by the schedule", async () => {
    change(APRIL, (calls) =>
      calls.filter(({ dt }) => dt !== "2026-04-10").concat(late("2026-06-05T00:00:00Z")),
    );
    change(APRIL, (calls) => [
      ...calls,
      { dt: "2026-04-11", seconds: 9, recordedAt: "2026-06-05T00:00:00Z" },
    ]);
    change(APRIL, (calls) => calls.filter(({ dt }) => dt !== "2026-04-12").concat([]));
    change(APRIL, (calls) => [
      ...calls,
      { dt: "2026-04-12", seconds: 1, recordedAt: "2026-06-05T00:00:00Z" },
    ]);
    expect((await lake.at("2026-06-06T06:00:00Z")).result).toMatchObject({ outcome: "unchanged" });
    change(APRIL, (calls) => calls.filter(({ seconds }) => seconds !== 9));
    for (const at of ["2026-06-07", "2026-06-08"]) {
      const { result, line } = await lake.at(`${at}T06:00:00Z`);
      expect(result).toMatchObject({ code: "month_shrunk" });
      // It is closed, although it cannot be revised.
      expect(line["OpenMonths"]).toBe(0);
    }
  });
});

test("a closed month that cannot be revised is said not to be revised", async () => {
  lake.fill(APRIL);
  await lake.at("2026-05-04T06:00:00Z");
  change(APRIL, (calls) => calls.filter(({ dt }) => dt !== "2026-04-12"));
  const { result } = await lake.at("2026-05-05T06:00:00Z");
  expect(result).toHaveProperty(
    "message",
    expect.stringMatching(/^2026-04 is not revised: no record has arrived for 2026-04-12\. /),
  );
});

describe("a run", () => {
  test("leaves unfinished work to the next run, which begins with it", async () => {
    for (const of of [APRIL, MAY]) lake.fill(of);
    const { result, line } = await lake.at("2026-06-04T06:00:00Z", { remaining: 70_000 });
    expect(result).toMatchObject({ outcome: "postponed", others: [{ outcome: "postponed", period: APRIL }] });
    expect([line["PostponedMonths"], line["OpenMonths"]]).toEqual([2, 2]);
    expect((await lake.at("2026-06-05T06:00:00Z")).line["PostponedMonths"]).toBe(0);
    expect([revisionsOf(APRIL), revisionsOf(MAY)]).toEqual([1, 1]);
  });

  test("closes and bills each month once if it comes twice or not for weeks", async () => {
    for (const of of [APRIL, MAY]) lake.fill(of);
    for (const at of ["2026-06-20", "2026-06-20", "2026-06-21"]) await lake.at(`${at}T06:00:00Z`);
    expect([revisionsOf(APRIL), revisionsOf(MAY), lake.keysOf("bills/").length]).toEqual([1, 1, 2]);
    expect(await lake.findings()).toEqual([]);
  });

  test("watches the closed months in the order of their last look, the oldest first", async () => {
    for (const of of [APRIL, MAY, "2026-06"]) lake.fill(of);
    for (const at of ["2026-05-04", "2026-06-04"]) await lake.at(`${at}T06:00:00Z`);
    lake.layouts.set(APRIL, "compacted");
    await lake.at("2026-06-05T06:00:00Z");
    const { result } = await lake.at("2026-07-04T06:00:00Z");
    expect(result).toMatchObject({ period: "2026-06", others: [{ period: MAY }, { period: APRIL }] });
    lake.fill("2026-07");
    lake.layouts.set(MAY, "compacted");
    await lake.at("2026-07-05T06:00:00Z");
    const next = await lake.at("2026-08-04T06:00:00Z");
    expect(next.result).toMatchObject({
      others: [{ period: APRIL }, { period: "2026-06" }, { period: MAY }],
    });
  });

  test("leaves the months before the first billed one alone", async () => {
    lake.fill(MARCH);
    const { result, line } = await lake.at("2026-04-04T06:00:00Z");
    expect(result).toMatchObject({ outcome: "before_bill_from", period: MARCH });
    expect(line["OpenMonths"]).toBeUndefined();
    expect([...lake.objects.keys()]).toEqual([]);
  });
});

describe("a change in a month older than the look-back", () => {
  beforeEach(async () => {
    lake = watchedLake("2026-04", 2);
    for (const of of [APRIL, MAY, "2026-06"]) lake.fill(of);
    await lake.at("2026-07-04T06:00:00Z");
  });

  test.each([
    ["has revised it", [late("2026-07-05T00:00:00Z")], "revised"],
    ["has found its figures unchanged", [late("2026-07-05T00:00:00Z", 0)], "unchanged"],
  ])("is reported every day until a manual run %s", async (_, calls, outcome) => {
    expect((await lake.at("2026-07-05T06:00:00Z")).line["ChangedBeyondLookBack"]).toBe(0);
    change(APRIL, (before) => [...before, ...calls]);
    for (const at of ["2026-07-06", "2026-07-07"]) {
      const { line } = await lake.at(`${at}T06:00:00Z`);
      expect([line["ChangedBeyondLookBack"], line["changed_beyond_look_back"]]).toEqual([1, [APRIL]]);
    }
    expect(revisionsOf(APRIL)).toBe(1);
    const byHand = await lake.run({ period: APRIL, as_of: "2026-07-07T07:00:00Z" });
    expect(byHand.result).toMatchObject({ outcome });
    expect((await lake.at("2026-07-08T06:00:00Z")).line["ChangedBeyondLookBack"]).toBe(0);
  });

  test("is reported too where the last look left a record out that is due now", async () => {
    lake = watchedLake("2026-04", 2);
    for (const of of [APRIL, MAY, "2026-06"]) lake.fill(of);
    // Written by a fast clock: it counts only from that instant on.
    change(APRIL, (calls) => [...calls, late("2026-07-06T00:00:00Z")]);
    await lake.at("2026-06-30T06:00:00Z");
    expect((await lake.at("2026-07-05T06:00:00Z")).line["ChangedBeyondLookBack"]).toBe(0);
    const { line } = await lake.at("2026-07-06T06:00:00Z");
    expect(line["changed_beyond_look_back"]).toEqual([APRIL]);
    await lake.run({ period: APRIL, as_of: "2026-07-07T00:00:00Z" });
    expect(revisionsOf(APRIL)).toBe(2);
    expect((await lake.at("2026-07-08T06:00:00Z")).line["ChangedBeyondLookBack"]).toBe(0);
  });
});

describe("a month older than the look-back whose files are not known", () => {
  test("is neither reported nor checked by a run that cannot list them; the next run that can checks it", async () => {
    lake = watchedLake("2026-04", 2);
    for (const of of [APRIL, MAY, "2026-06"]) lake.fill(of);
    await lake.at("2026-07-04T06:00:00Z", { isListed: false });
    change(APRIL, (calls) => [...calls, late("2026-07-05T00:00:00Z")]);
    const { line } = await lake.at("2026-07-06T06:00:00Z", { isListed: false });
    expect([line["changed_beyond_look_back"], revisionsOf(APRIL)]).toEqual([[], 1]);
    await lake.at("2026-07-07T06:00:00Z");
    expect(revisionsOf(APRIL)).toBe(2);
  });

  test("is not reported by a run that cannot list them", async () => {
    lake = watchedLake("2026-04", 2);
    for (const of of [APRIL, MAY, "2026-06"]) lake.fill(of);
    await lake.at("2026-07-04T06:00:00Z");
    change(APRIL, (calls) => [...calls, late("2026-07-05T00:00:00Z")]);
    const { line, result } = await lake.at("2026-07-06T06:00:00Z", { isListed: false });
    expect(line["changed_beyond_look_back"]).toEqual([]);
    expect(result).toMatchObject({ outcome: "unchanged" });
  });
});

describe("a bucket of the service's first version", () => {
  test("gets an opening bill, is queried once for each month, and then marked", async () => {
    lake = watchedLake("2026-04");
    lake.fill(MARCH);
    lake.fill(APRIL);
    await lake.run({ period: MARCH, as_of: "2026-04-04T06:00:00Z" });
    await lake.run({ period: APRIL, as_of: "2026-05-04T06:00:00Z" });
    // As it was then: manifests of version 1, and neither bills nor the keys of the lists.
    for (const key of lake.keysOf("")) {
      if (key.endsWith("/manifest.json")) lake.objects.set(key, asVersion1(lake.objects.get(key)));
      else if (/^(bills|heads|changed|totals)\//.test(key)) lake.objects.delete(key);
    }
    const queries = lake.queries();
    expect((await lake.at("2026-05-05T06:00:00Z")).result).toMatchObject({
      outcome: "unchanged",
      bills: [
        { number: 1, kind: "opening" },
        { number: 2, kind: "month", period: APRIL },
      ],
    });
    expect([lake.queries(), lake.keysOf("looked/").length]).toEqual([queries + 1, 1]);
    await lake.at("2026-05-06T06:00:00Z");
    expect(lake.queries()).toBe(queries + 1);
    change(APRIL, (calls) => [...calls, late("2026-05-06T12:00:00Z")]);
    expect((await lake.at("2026-05-07T06:00:00Z")).result).toMatchObject({ outcome: "revised", revision: 2 });
    expect(await lake.findings()).toEqual([]);
  });
});

function asVersion1(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const {
    allowed_findings: _findings,
    allowed_shrunk_days: _shrunk,
    listing_sha256: _listing,
    earliest_left_out: _leftOut,
    calls_per_day: _calls,
    quality: { findings: _, ...quality },
    resellers,
    ...rest
  } = parseManifest(bytes);
  const entries = resellers.map(({ adjusted_seconds: __, has_usage: ___, ...entry }) => entry);
  return Buffer.from(JSON.stringify({ ...rest, schema_version: 1, quality, resellers: entries }));
}
