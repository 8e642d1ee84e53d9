/**
 * What must hold of the bucket after each step of the model, and what a run without a fault has to do. It is worked
 * out from the records of the platform and from the stored objects, not from the code that closes and bills.
 */
import { expect } from "vitest";
import { type Bill, parseBill } from "../../../lib/billing/bills/bill.ts";
import { type Manifest, parseManifest } from "../../../lib/billing/manifest.ts";
import {
  closableFrom,
  daysOf,
  daysSince,
  type Instant,
  type Month,
  monthAfter,
  monthBefore,
  toInstant,
  toMilliseconds,
} from "../../../lib/billing/month.ts";
import { sha256 } from "../../../lib/billing/statement.ts";
import { brokenInvariants } from "./bills-invariants.ts";
import {
  BILL_FROM,
  DAY,
  type Ended,
  HOUR,
  LOOK_BACK_MONTHS,
  linesOf,
  type RunsWorld,
  reportedLines,
} from "./runs-world.ts";
import { callsByDay, figuresAsOf } from "./scripted-month.ts";
import { instant } from "./valid.ts";

const START = toMilliseconds(instant("2026-02-04T06:00:00Z"));

/** What is known beside what the bucket says. */
export interface Model {
  /** Milliseconds since 1970. */
  now: number;
  /** The latest instant that a run counted as of. */
  latest: Instant;
  lastEvent: Instant | undefined;
  calls: number;
  /** The hash of each object at the last look. */
  objects: Map<string, string>;
  bills: Bill[];
}

/** What happened in any world, so that the model cannot pass without it. */
export const happened = new Map<string, number>();

export function count(event: string): void {
  happened.set(event, (happened.get(event) ?? 0) + 1);
}

/** All that must hold whenever one looks. */
export function look(model: Model, world: RunsWorld): void {
  const { objects } = world;
  for (const [key, hash] of model.objects) {
    const bytes = objects.get(key);
    if (bytes === undefined) throw new Error(`${key} was removed`);
    if (sha256(bytes) !== hash) throw new Error(`${key} was replaced`);
  }
  for (const [key, bytes] of objects) {
    if (model.objects.has(key)) continue;
    model.objects.set(key, sha256(bytes));
    if (key.endsWith("/manifest.json")) checkRevision(world, parseManifest(bytes));
  }
  const bills = billsIn(objects);
  expect(bills.slice(0, model.bills.length)).toEqual(model.bills);
  if (bills.length > model.bills.length) {
    for (const { kind } of bills.slice(model.bills.length)) count(`bill ${kind}`);
    const broken = brokenInvariants(
      { billFrom: BILL_FROM, linesOf: (source) => sourceLines(objects, source) },
      bills,
    );
    expect(broken).toEqual([]);
  }
  model.bills = bills;
}

/** A revision has the lines that a query of its instant saw, and adjusts exactly the difference. */
function checkRevision(world: RunsWorld, manifest: Manifest): void {
  const { period, revision, as_of } = manifest;
  const { lines, deltas } = linesOf(world.objects, manifest);
  const figures = withoutZeros(lines);
  const seen = world.seenBy(period, as_of);
  const isSeen = seen.some(
    (each) =>
      textOf(figuresAsOf(each.records, as_of)) === textOf(figures) &&
      textOf([...reportedLines(each, as_of)]) === textOf([...lines.keys()]),
  );
  if (!isSeen) throw new Error(`revision ${revision} of ${period} has what no query of its instant saw`);
  if (revision === 1) return expect(deltas.size).toBe(0);
  const before = withoutZeros(linesOf(world.objects, revisionOf(world, period, revision - 1)).lines);
  expect(textOf(deltas)).toEqual(textOf(differences(before, figures)));
  expect(deltas.size).toBeGreaterThan(0);
}

function revisionOf(world: RunsWorld, period: Month, revision: number): Manifest {
  const key = [...world.objects.keys()].find((each) =>
    each.endsWith(`period=${period}/revision=${String(revision).padStart(4, "0")}/manifest.json`),
  );
  return parseManifest(world.objects.get(key ?? "") ?? new Uint8Array());
}

function billsIn(objects: ReadonlyMap<string, Uint8Array>): Bill[] {
  const keys = [...objects.keys()].filter((key) => key.startsWith("bills/")).sort();
  return keys.map((key) => parseBill(objects.get(key) ?? new Uint8Array()));
}

function sourceLines(
  objects: ReadonlyMap<string, Uint8Array>,
  { period, revision, kind }: Bill["sources"][number],
) {
  const bytes = objects.get(
    `minutes-by-organization/period=${period}/revision=${String(revision).padStart(4, "0")}/manifest.json`,
  );
  const { lines, deltas } = linesOf(objects, parseManifest(bytes ?? new Uint8Array()));
  return new Map(
    [...(kind === "usage" ? lines : deltas)].map(([key, seconds]) => [`${key} ${period}`, seconds]),
  );
}

export function withoutZeros(lines: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...lines].filter(([, seconds]) => seconds !== 0));
}

function differences(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return withoutZeros(new Map([...keys].map((key) => [key, (after.get(key) ?? 0) - (before.get(key) ?? 0)])));
}

export function textOf(entries: Iterable<unknown>): string {
  return [...entries]
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join("\n");
}

type Expected = "in grace" | "not watched" | "incomplete" | "shrunk" | "closed" | "unchanged" | "revised";

/** What a run as of the instant has to make of a month, by the records that are there. */
function expected(world: RunsWorld, of: Month, asOf: Instant, run: Month): Expected {
  const newest = world.newest(of);
  if (closableFrom(of, 3) > asOf) return "in grace";
  const isWatched = [...monthsUpTo(run)].slice(-LOOK_BACK_MONTHS).includes(of);
  if (newest !== undefined && !isWatched) return "not watched";
  const records = world.months.get(of) ?? [];
  const calls = callsByDay(records, asOf);
  const allowed = new Set<string>(newest?.allowed_missing_days.map(({ day }) => day));
  if (daysOf(of).some((day) => !calls.has(day) && !allowed.has(day))) return "incomplete";
  if (newest === undefined) return "closed";
  const before = withoutZeros(linesOf(world.objects, newest).lines);
  if (differences(before, figuresAsOf(records, asOf)).size === 0) return "unchanged";
  const isShrunk = newest.calls_per_day.some(({ day, calls: had }) => (calls.get(day) ?? 0) < had);
  return isShrunk ? "shrunk" : "revised";
}

export function* monthsUpTo(last: Month): Generator<Month> {
  for (let of = BILL_FROM; of <= last; of = monthAfter(of)) yield of;
}

const CODES: Partial<Record<Expected, string>> = { incomplete: "month_incomplete", shrunk: "month_shrunk" };

/** A scheduled run without a fault does exactly what it must, and its metrics say what is left. */
export async function cleanRun(model: Model, world: RunsWorld, asOf: Instant): Promise<Ended> {
  const run = monthBefore(asOf);
  const months = [...monthsUpTo(run)];
  const plan = months.map(
    (of) => [of, expected(world, of, asOf, run), world.newest(of)?.revision ?? 0] as const,
  );
  const ended = await world.run({ scheduled_time: asOf }, model.now);
  // An event that comes late may be older than a revision that a later one has made.
  if (asOf < model.latest) return ended;
  model.latest = asOf;
  if (run < BILL_FROM) return ended;
  const codes = plan.flatMap(([, what]) => CODES[what] ?? []);
  expect(ended.codes.toSorted()).toEqual(codes.toSorted());
  for (const [of, what, revision] of plan) {
    count(what);
    const added = what === "closed" || what === "revised" ? 1 : 0;
    const newest = world.newest(of);
    expect([of, what, newest?.revision ?? 0]).toEqual([of, what, revision + added]);
    if (newest !== undefined && CODES[what] === undefined && what !== "not watched") {
      const figures = figuresAsOf(world.months.get(of) ?? [], asOf);
      expect(textOf(withoutZeros(linesOf(world.objects, newest).lines))).toBe(textOf(figures));
    }
  }
  const open = plan.filter(([, what, revision]) => what === "incomplete" && revision === 0).map(([of]) => of);
  expect(ended.line).toMatchObject({
    OpenMonths: open.length,
    OldestOpenDays: open[0] === undefined ? 0 : daysSince(open[0], asOf),
  });
  const changed = plan.filter(([, what]) => what === "not watched").map(([of]) => of);
  const told = ended.line["changed_beyond_look_back"];
  for (const of of changed) {
    const newest = world.newest(of);
    const figures = figuresAsOf(world.months.get(of) ?? [], asOf);
    const before = newest && withoutZeros(linesOf(world.objects, newest).lines);
    if (before !== undefined && differences(before, figures).size > 0) {
      count("changed beyond look-back");
      expect(told).toContain(of);
    }
  }
  // Every closed month is billed.
  const billed = new Set(
    billsIn(world.objects).flatMap(({ sources }) => sources.map(({ period }) => period)),
  );
  for (const of of months) if (world.newest(of) !== undefined) expect([...billed]).toContain(of);
  return ended;
}

/** The planned time of the day's event. */
export function dayOf(now: number): Instant {
  return toInstant(now - (now % DAY) + 6 * HOUR);
}

export function newModel(): Model {
  return {
    now: START,
    latest: instant("2026-01-01T00:00:00Z"),
    lastEvent: undefined,
    calls: 0,
    objects: new Map(),
    bills: [],
  };
}
