import { describe, expect, test } from "vitest";
import type { Manifest } from "../../../lib/billing/manifest.ts";
import { parseStatement } from "../../../lib/billing/statement.ts";
import { secondsOfAll, writeStatements } from "../../../lib/billing/write-statements.ts";
import { arriving, uuid } from "../valid.ts";
import { billsWorld } from "./bills-world.ts";
import { memoryStore } from "./memory-store.ts";
import { usageOf } from "./usages.ts";
import { month } from "./valid.ts";

const APRIL = month("2026-04");

/** Resellers in order, each with one agent of these seconds; without an organization where they are undefined. */
function resellers(usage: Readonly<Record<string, number | undefined>>) {
  return Object.entries(usage).map(([reseller, seconds]) => ({
    resellerId: uuid(reseller),
    resellerName: reseller,
    organizations: seconds === undefined ? [] : [usageOf(reseller, "0a", { "0b": seconds })],
  }));
}

/** The manifest of a month that was closed with this usage, and its objects. */
async function closedWith(usage: Readonly<Record<string, number>>) {
  const world = billsWorld(APRIL);
  await world.reviseTo(APRIL, resellers(usage));
  const newest = world.newest.get(APRIL)?.manifest;
  if (newest === undefined) throw new Error("not closed");
  return { objects: world.objects, newest };
}

/** Writes a month's statements. @returns what was written, and which resellers were noted as changed */
async function write(
  usage: Readonly<Record<string, number | undefined>>,
  { objects, newest }: { objects: Map<string, Uint8Array>; newest?: Manifest } = { objects: new Map() },
) {
  const progress: number[] = [];
  const reads: string[] = [];
  const own = memoryStore(objects);
  const get = (key: string) => {
    reads.push(key);
    return own.get(key);
  };
  const before = new Set(objects.keys());
  const written = await writeStatements(arriving(resellers(usage)), APRIL, newest, {
    store: { ...own, get },
    progress: (statements) => void progress.push(statements),
  });
  const created = [...objects.keys()].filter((key) => !before.has(key));
  const changed = created.flatMap((key) => /^changed\/.*(..)\/2026-04\.\d$/.exec(key)?.[1] ?? []);
  return { written, progress, reads, changed, objects };
}

/** `reseller: seconds, adjusted seconds` of each entry. */
function told({ entries }: Awaited<ReturnType<typeof writeStatements>>): string[] {
  return entries.map((each) => `${each.reseller_id.slice(-2)}: ${each.seconds}, ${each.adjusted_seconds}`);
}

describe("the statements of a first revision", () => {
  test("are one for each reseller with organizations, also without calls", async () => {
    const { written, progress, changed } = await write({ a1: 60, a2: 0, a3: undefined, a4: 7 });
    expect(told(written)).toEqual(["a1: 60, 0", "a2: 0, 0", "a4: 7, 0"]);
    expect([written.resellers, written.organizations, written.adjustments]).toEqual([3, 3, 0]);
    expect(progress).toEqual([1, 2, 3]);
    expect(secondsOfAll(written.entries)).toBe(67);
    // A reseller without figures has nothing that changed.
    expect(changed).toEqual(["a1", "a4"]);
  });

  test("have an entry with everything that is in them", async () => {
    const { written, objects } = await write({ a1: 60 });
    const [entry] = written.entries;
    const bytes = objects.get(entry?.key ?? "") ?? Buffer.of();
    expect(entry).toEqual({
      reseller_id: uuid("a1"),
      key: expect.stringMatching(
        /^minutes-by-organization\/period=2026-04\/revision=0001\/resellers\/.*a1\.[0-9a-f]{16}\.json$/,
      ),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: bytes.byteLength,
      seconds: 60,
      figures_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      adjusted_seconds: 0,
      has_usage: true,
      usage_lines: 1,
      adjustment_lines: 0,
    });
    expect(parseStatement(bytes, APRIL)).toEqual({
      organizations: [usageOf("a1", "0a", { "0b": 60 })],
      adjustments: [],
    });
  });
});

describe("the statements of a later revision", () => {
  test("have the resellers of both revisions in order: gone, changed, unchanged and new ones", async () => {
    const before = await closedWith({ a1: 10, a2: 20, a4: 40, a6: 60, a7: 70 });
    const { written, changed } = await write({ a2: 21, a3: 30, a4: 40, a5: 50 }, before);
    expect(told(written)).toEqual([
      "a1: 0, -10",
      "a2: 21, 1",
      "a3: 30, 30",
      "a4: 40, 0",
      "a5: 50, 50",
      "a6: 0, -60",
      "a7: 0, -70",
    ]);
    expect([written.resellers, written.organizations, written.adjustments]).toEqual([4, 4, 6]);
    expect(written.entries.map((each) => each.has_usage)).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(changed).toEqual(["a1", "a2", "a3", "a5", "a6", "a7"]);
  });

  test("are not written for a reseller that had no figures and is gone, nor counted", async () => {
    const before = await closedWith({ a1: 0, a2: 20 });
    const { written, progress } = await write({ a2: 20 }, before);
    expect(told(written)).toEqual(["a2: 20, 0"]);
    expect(progress).toEqual([1]);
  });

  test("need the earlier statement only of a reseller whose figures differ", async () => {
    const before = await closedWith({ a1: 10, a2: 20 });
    const { reads } = await write({ a1: 10, a2: 21, a3: 5 }, before);
    expect(reads.map((key) => /(..)\.[0-9a-f]{16}\.json$/.exec(key)?.[1])).toEqual(["a2"]);
  });
});
