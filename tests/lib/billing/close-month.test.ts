import { beforeEach, describe, expect, test } from "vitest";
import { type ClosingDependencies, closeMonth, type Outcome } from "../../../lib/billing/close-month.ts";
import { type Manifest, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { daysOf } from "../../../lib/billing/month.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import type { SnapshotRequest } from "../../../lib/billing/snapshot-event.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { allResellers } from "../../../lib/scope/all-resellers.ts";
import { day } from "../valid.ts";
import { memoryStore } from "./memory-store.ts";
import { asOfIn, type CallRecord, type Cells, everyDay, monthRows } from "./scripted-month.ts";
import { instant, month } from "./valid.ts";

const [MARCH, APRIL] = [month("2026-03"), month("2026-04")];
const AGENT = { reseller: "a1", agent: "c1" };
const FIRST_RUN = "2026-05-04T06:00:00Z";
const SECOND_RUN = "2026-05-05T06:00:00Z";
const KEY = manifestKey(APRIL, 1);

let objects: Map<string, Uint8Array>;
/** The calls of the lake; one of 60 seconds a day at first. */
let calls: CallRecord[];
/** Faults by day, as the engine counts them: the column and the count. */
let faults: Map<string, Readonly<Record<string, string>>>;
let queries: number;

beforeEach(() => {
  objects = new Map();
  calls = everyDay(APRIL, AGENT);
  faults = new Map();
  queries = 0;
});

function withFaults(columns: readonly string[], row: Cells): Cells {
  const of = faults.get(row[columns.indexOf("dt")] ?? "") ?? {};
  return columns.map((name, index) => of[name] ?? row[index] ?? null);
}

function close(
  members: Partial<SnapshotRequest> = {},
  dependencies: Partial<ClosingDependencies> = {},
): Promise<Outcome> {
  const request: SnapshotRequest = {
    isScheduled: true,
    month: APRIL,
    asOf: instant(FIRST_RUN),
    futureFrom: instant("2026-06-01T00:00:00Z"),
    allowedMissingDays: [],
    allowedFindings: undefined,
    shrunkReason: undefined,
    ...members,
  };
  return closeMonth(request, {
    scope: allResellers(),
    store: memoryStore(objects),
    query: async function* asked(of) {
      queries += 1;
      const rows = monthRows(of.columns, calls, [], asOfIn(of.parameters));
      yield rows.map((row) => of.parseRow(withFaults(of.columns, row)));
    },
    options: { deadline: 0, observe: () => undefined },
    graceDays: 3,
    toleratedBrokenRecords: 0,
    earliestDate: day("2020-01-01"),
    progress: () => undefined,
    ...dependencies,
  });
}

const again = (members: Partial<SnapshotRequest> = {}) => close({ asOf: instant(SECOND_RUN), ...members });

async function refusalOf(closing: Promise<unknown>): Promise<[string, string]> {
  const error = await closing.catch((reason: unknown) => reason);
  if (!(error instanceof SnapshotError)) throw error instanceof Error ? error : new Error("it was closed");
  return [error.code, error.message];
}

function manifest(revision = 1): Manifest {
  return parseManifest(objects.get(manifestKey(APRIL, revision)) ?? Buffer.of());
}

/** Removes the calls of these days. */
function without(...days: readonly string[]): void {
  calls = calls.filter(({ dt }) => !days.includes(dt));
}

function add(members: Partial<CallRecord>): void {
  const more = {
    call: `more ${calls.length}`,
    dt: "2026-04-10",
    seconds: 30,
    recordedAt: "2026-05-01T00:00:00Z",
  };
  calls.push({ ...AGENT, ...more, ...members });
}

describe("a month before the lake begins", () => {
  const late = { earliestDate: day("2026-04-01") };

  test("is nothing to do for the schedule", async () => {
    expect(await close({ month: MARCH }, late)).toEqual({ outcome: "before_lake", period: MARCH });
    expect(queries).toBe(0);
  });

  test("is an error for a person", async () => {
    expect(await refusalOf(close({ month: MARCH, isScheduled: false }, late))).toEqual([
      "invalid_event",
      "period: the lake begins on 2026-04-01, after 2026-03.",
    ]);
  });

  test("is closed from the lake's first day on if that is in the month", async () => {
    without(...daysOf(APRIL).slice(0, 9));
    const dependencies = { earliestDate: day("2026-04-10") };
    expect(await close({}, dependencies)).toMatchObject({ outcome: "closed" });
    without("2026-04-10");
    objects.clear();
    expect((await refusalOf(close({}, dependencies)))[1]).toContain("no record has arrived for 2026-04-10.");
  });
});

describe("a month within its grace", () => {
  test("is not closed, and is closed at the end of it", async () => {
    expect(await close({ asOf: instant("2026-05-03T23:59:59Z") })).toEqual({
      outcome: "in_grace",
      period: APRIL,
      closable_from: "2026-05-04T00:00:00Z",
    });
    expect([queries, objects.size]).toEqual([0, 0]);
    expect(await close({ asOf: instant("2026-05-04T00:00:00Z") })).toMatchObject({ outcome: "closed" });
  });
});

describe("the outcome of a run", () => {
  const REVISION_1 = { period: APRIL, revision: 1, as_of: FIRST_RUN, manifest: KEY };

  test("is a closed month, an unchanged one, and a revised one", async () => {
    expect(await close()).toEqual({ outcome: "closed", ...REVISION_1, statements: 1, adjustments: 0 });
    expect(await again()).toEqual({ outcome: "unchanged", ...REVISION_1 });
    add({ seconds: 5 });
    expect(await again()).toEqual({
      outcome: "revised",
      period: APRIL,
      revision: 2,
      as_of: SECOND_RUN,
      manifest: manifestKey(APRIL, 2),
      statements: 1,
      adjustments: 1,
    });
  });

  test("is the same revision for a run as of the same instant or an earlier one; for a person it is an error", async () => {
    await close({ asOf: instant(SECOND_RUN) });
    const standing = { ...REVISION_1, as_of: SECOND_RUN };
    for (const asOf of [FIRST_RUN, SECOND_RUN]) {
      expect(await close({ asOf: instant(asOf) })).toEqual({ outcome: "unchanged", ...standing });
      expect(await refusalOf(close({ asOf: instant(asOf), isScheduled: false }))).toEqual([
        "invalid_event",
        `as_of: revision 1 of 2026-04 already counts the records written before ${SECOND_RUN}. Give a later instant.`,
      ]);
    }
    expect(queries).toBe(1);
  });

  test("is a revision where a reseller's figures are gone, and none where it had no figures", async () => {
    add({ reseller: "a2", agent: "c2", seconds: 0 });
    await close();
    calls.pop();
    add({ seconds: 0 });
    expect(await again()).toMatchObject({ outcome: "unchanged" });
    calls.pop();
    add({ reseller: "a2", agent: "c2", seconds: 7 });
    expect(await again()).toMatchObject({ outcome: "revised", adjustments: 1 });
    calls.pop();
    add({ seconds: 0 });
    expect(await again({ asOf: instant("2026-05-06T06:00:00Z") })).toMatchObject({
      outcome: "revised",
      revision: 3,
      adjustments: 1,
    });
  });
});

describe("the files of a month", () => {
  const listing = async () => "f".repeat(64);

  test("are not known where the lake is not listed: every run queries, and none leaves a mark", async () => {
    await close();
    expect(manifest().listing_sha256).toBeNull();
    const [before, asked] = [objects.size, queries];
    await again();
    expect([objects.size, queries]).toEqual([before, asked + 1]);
  });

  test("are in the manifest; while they are the same, only a person's run queries, and it leaves a mark", async () => {
    await close({}, { listing });
    expect(manifest().listing_sha256).toBe("f".repeat(64));
    const asked = queries;
    await close({ asOf: instant(SECOND_RUN) }, { listing });
    expect(queries).toBe(asked);
    await close({ asOf: instant(SECOND_RUN), isScheduled: false }, { listing });
    expect(queries).toBe(asked + 1);
    const key = `looked/2026-04/0001/${"f".repeat(64)}.${SECOND_RUN}.json`;
    expect(JSON.parse(Buffer.from(objects.get(key) ?? []).toString())).toMatchObject({
      earliest_left_out: null,
    });
  });
});

describe("an incomplete month", () => {
  test("is not closed; the error names each missing day and what to do", async () => {
    without("2026-04-03", "2026-04-19");
    // Its only record was written too late.
    add({ dt: "2026-04-19", recordedAt: "2026-05-04T06:00:00Z" });
    expect(await refusalOf(close())).toEqual([
      "month_incomplete",
      "2026-04 is not closed: no record has arrived for 2026-04-03, 2026-04-19. Find out why. If a day truly had no call, run by hand with allow_missing_days and a reason.",
    ]);
    expect(objects.size).toBe(0);
  });

  test("is not revised either, which the error says", async () => {
    await close();
    without("2026-04-03");
    expect((await refusalOf(again()))[1]).toMatch(
      /^2026-04 is not revised: no record has arrived for 2026-04-03\./,
    );
  });

  test("is closed with the days that a person allowed, sorted; they stay allowed, and a new reason replaces the old one", async () => {
    without("2026-04-03", "2026-04-19");
    const allow = (of: string, reason: string) => ({ day: day(of), reason });
    await close({ allowedMissingDays: [allow("2026-04-19", "a"), allow("2026-04-03", "a")] });
    expect(manifest().allowed_missing_days).toEqual([allow("2026-04-03", "a"), allow("2026-04-19", "a")]);
    expect(manifest().calls_per_day).toHaveLength(28);
    add({ seconds: 5 });
    await again({ allowedMissingDays: [allow("2026-04-19", "b")] });
    expect(manifest(2).allowed_missing_days).toEqual([allow("2026-04-03", "a"), allow("2026-04-19", "b")]);
  });
});

describe("a month whose records break the contract of the lake", () => {
  beforeEach(() => {
    faults.set("2026-04-10", { missing_call_id: "2", copies: "3" });
  });
  const FOUND = { day: "2026-04-10", kind: "missing_call_id", count: 2 };
  const allow = (reason: string) => ({ kinds: ["missing_call_id" as const], reason });

  test("is not closed, nor revised", async () => {
    const [code, message] = await refusalOf(close());
    expect(code).toBe("month_unsound");
    expect(message).toMatch(/^2026-04 is not closed: .*\(missing_call_id 2 on 2026-04-10\)/);
    await close({}, { toleratedBrokenRecords: 2 });
    expect((await refusalOf(again()))[1]).toMatch(/^2026-04 is not revised: /);
  });

  test("is closed up to the tolerated number, with the findings and other counts in its manifest", async () => {
    await close({}, { toleratedBrokenRecords: 2 });
    expect(manifest()).toMatchObject({ allowed_findings: [], quality: { copies: 3, findings: [FOUND] } });
  });

  test("is closed if a person allows it; later revisions keep that, and a new reason replaces the old one", async () => {
    await close({ allowedFindings: allow("first") });
    expect(manifest().allowed_findings).toEqual([{ ...FOUND, reason: "first" }]);
    add({ seconds: 5 });
    await again();
    expect(manifest(2).allowed_findings).toEqual([{ ...FOUND, reason: "first" }]);
    add({ seconds: 5 });
    await again({ asOf: instant("2026-05-06T06:00:00Z"), allowedFindings: allow("second") });
    expect(manifest(3).allowed_findings).toEqual([{ ...FOUND, reason: "second" }]);
  });
});

describe("the manifest", () => {
  test("has the totals, the calls of each day, and the earliest record that came too late", async () => {
    add({ dt: "2026-04-10", seconds: 30 });
    add({ dt: "2026-04-11", recordedAt: "2026-05-04T06:00:09Z" });
    add({ dt: "2026-04-12", recordedAt: "2026-05-04T06:00:00Z" });
    add({ dt: "2026-04-13", recordedAt: "2026-05-04T06:00:03Z" });
    await close();
    const { totals, calls_per_day, earliest_left_out, supersedes } = manifest();
    expect(totals).toEqual({ seconds: 1_830, calls: 31, organizations: 1, resellers: 1 });
    expect(calls_per_day).toEqual(
      daysOf(APRIL).map((of) => ({ day: of, calls: of === "2026-04-10" ? 2 : 1 })),
    );
    expect([earliest_left_out, supersedes]).toEqual(["2026-05-04T06:00:00Z", null]);
  });

  test("has no record that came too late, where none did", async () => {
    await close();
    expect(manifest().earliest_left_out).toBeNull();
  });

  test("does not list a day without calls", async () => {
    without("2026-04-10");
    add({ dt: "2026-04-10", recordedAt: "2026-05-04T06:00:00Z" });
    await close({ allowedMissingDays: [{ day: day("2026-04-10"), reason: "known" }] });
    expect(manifest().calls_per_day.map((each) => each.day)).not.toContain("2026-04-10");
  });
});

describe("a month that shrinks", () => {
  const SHRUNK = ["2026-04-10", "2026-04-20"];
  beforeEach(async () => {
    for (const dt of SHRUNK) add({ dt });
    await close();
    calls = calls.slice(0, -2);
  });

  test("is not revised; the error names each day and what to do", async () => {
    expect(await refusalOf(again())).toEqual([
      "month_shrunk",
      "2026-04 is not revised: these days have fewer calls than in revision 1: 2026-04-10, 2026-04-20. Find out whether the data is complete. If these calls are truly gone, run by hand with allow_shrunk and a reason.",
    ]);
    expect(objects.has(manifestKey(APRIL, 2))).toBe(false);
  });

  test("is revised if a person gives a reason, which the manifest keeps with each day", async () => {
    await again({ isScheduled: false, shrunkReason: "A test's calls." });
    expect(manifest(2).allowed_shrunk_days).toEqual(
      SHRUNK.map((of) => ({ day: of, reason: "A test's calls." })),
    );
    expect(manifest(2).supersedes).toMatchObject({ revision: 1 });
  });
});

test("a first revision has no shrunk days, whatever reason a person gives", async () => {
  await close({ isScheduled: false, shrunkReason: "none" });
  expect(manifest().allowed_shrunk_days).toEqual([]);
});

describe("a manifest that exists already when it is written", () => {
  /** A store that has these bytes under the manifest's key when it is created. */
  function taken(bytes: (own: Uint8Array) => Uint8Array | undefined): SnapshotStore {
    const store = memoryStore(objects);
    return {
      ...store,
      create: async (key, own) => {
        if (key !== KEY) return store.create(key, own);
        const present = bytes(own);
        if (present !== undefined) objects.set(key, present);
        return "exists";
      },
    };
  }

  test("is the run's own, whose answer was lost", async () => {
    expect(await close({}, { store: taken((own) => own) })).toMatchObject({ outcome: "closed" });
    expect([...objects.keys()].filter((key) => key.startsWith("heads/"))).toHaveLength(1);
  });

  test.each<[string, Uint8Array | undefined]>([
    ["another run's", Buffer.from("{}")],
    ["missing when it is read", undefined],
  ])("is a conflict if it is %s: that revision is kept", async (_, present) => {
    expect(await refusalOf(close({}, { store: taken(() => present) }))).toEqual([
      "snapshot_conflict",
      "Another run wrote revision 1 of 2026-04 first, and that revision is kept. Run again to compare with it.",
    ]);
    expect([...objects.keys()].filter((key) => key.startsWith("heads/"))).toEqual([]);
  });
});
