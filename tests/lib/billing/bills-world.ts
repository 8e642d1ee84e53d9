/**
 * A bucket with months that are closed and revised in any order, runs that bill them, and faults of such runs. Each
 * check works from the stored objects, not from the code that bills.
 */

import { type Bill, parseBill } from "../../../lib/billing/bills/bill.ts";
import { billAdjustments, billClosedMonths } from "../../../lib/billing/bills/write-bills.ts";
import { type Manifest, manifestBytes, manifestKey, parseManifest } from "../../../lib/billing/manifest.ts";
import { closableFrom, type Month, toInstant, toMilliseconds } from "../../../lib/billing/month.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";
import type { SnapshotStore } from "../../../lib/billing/snapshots.ts";
import { parseStatement, sha256 } from "../../../lib/billing/statement.ts";
import { secondsOfAll, writeStatements } from "../../../lib/billing/write-statements.ts";
import type { ResellerUsage } from "../../../lib/usage/fold.ts";
import { arriving, uuid } from "../valid.ts";
import { memoryStore } from "./memory-store.ts";
import { usageOf } from "./usages.ts";

/** The function was killed. */
export class Crash extends Error {}

/** The faults of one run. Calls are counted from 0. */
export interface Fate {
  /** The run is killed before or after this call, or its answer is lost and the call is repeated. */
  readonly crash?: { readonly at: number; readonly kind: "before" | "after" | "asked again" } | undefined;
  /** This many of its first reads see the bucket without its newest objects. */
  readonly stale?: { readonly reads: number; readonly objects: number } | undefined;
}

/** Seconds by `reseller organization agent month`. */
export type Lines = ReadonlyMap<string, number>;

/** Seconds of one agent of each of these resellers in a month. */
export type Usage = Readonly<Record<string, number>>;

export type BillsWorld = ReturnType<typeof billsWorld>;

export function billsWorld(billFrom: Month) {
  const objects = new Map<string, Uint8Array>();
  const seen = new Map<string, string>();
  const store = memoryStore(objects);
  const newest = new Map<Month, { readonly manifest: Manifest; readonly sha256: string }>();
  const damaged = new Map<string, Uint8Array>();

  return {
    objects,
    store,
    billFrom,
    newest,
    damaged,
    /** Closes or revises the month with one agent of each reseller. */
    revise(month: Month, usage: Usage): Promise<void> {
      return this.reviseTo(month, resellersOf(usage));
    },
    /** Closes or revises the month. The manifest is put last, in one step. */
    async reviseTo(month: Month, resellers: readonly ResellerUsage[]): Promise<void> {
      const before = newest.get(month);
      const written = await writeStatements(arriving(resellers), month, before?.manifest, {
        store,
        progress: () => undefined,
      });
      if (before !== undefined && written.adjustments === 0) return;
      const revision = (before?.manifest.revision ?? 0) + 1;
      const at = toMilliseconds(closableFrom(month, 3)) + revision * 3_600_000;
      const manifest: Manifest = {
        schema_version: 2,
        period: month,
        revision,
        supersedes:
          before === undefined ? null : { revision: before.manifest.revision, sha256: before.sha256 },
        as_of: toInstant(at),
        allowed_missing_days: [],
        allowed_findings: [],
        allowed_shrunk_days: [],
        listing_sha256: null,
        earliest_left_out: null,
        calls_per_day: [],
        totals: {
          seconds: secondsOfAll(written.entries),
          calls: 1,
          organizations: written.organizations,
          resellers: written.resellers,
        },
        quality: {
          copies: 0,
          corrections: 0,
          calls_without_agent: 0,
          calls_in_progress: 0,
          negative_durations: 0,
          findings: [],
        },
        resellers: [...written.entries],
      };
      const bytes = manifestBytes(manifest);
      await store.create(manifestKey(month, revision), bytes);
      newest.set(month, { manifest, sha256: sha256(bytes) });
    },
    /** Destroys the newest manifest of the month until it is repaired. */
    damage(month: Month): void {
      const { manifest } = newest.get(month) ?? {};
      if (manifest === undefined) return;
      const key = manifestKey(month, manifest.revision);
      damaged.set(key, damaged.get(key) ?? objects.get(key) ?? new Uint8Array());
      objects.set(key, Buffer.from("{}"));
    },
    repair(): void {
      for (const [key, bytes] of damaged) objects.set(key, bytes);
      damaged.clear();
    },
    /** One run; @returns the error it ended with */
    run(what: "months" | "adjustments", fate: Fate, take: Turn = () => Promise.resolve()): Promise<unknown> {
      const befallen = befall(store, objects, fate, take);
      const run =
        what === "months"
          ? billClosedMonths(befallen, billFrom, () => undefined)
          : billAdjustments(befallen, () => undefined);
      return run.catch((error: unknown) => {
        if (error instanceof Crash || error instanceof SnapshotError) return error;
        throw error;
      });
    },
    /** All bills; throws if an object was replaced or removed, or the numbers and hashes are not one chain. */
    bills(): Bill[] {
      for (const [key, bytes] of objects) {
        if (damaged.has(key)) continue;
        if ((seen.get(key) ?? sha256(bytes)) !== sha256(bytes)) throw new Error(`${key} was replaced`);
        seen.set(key, sha256(bytes));
      }
      for (const key of seen.keys()) if (!objects.has(key)) throw new Error(`${key} was removed`);
      const keys = [...objects.keys()].filter((key) => key.startsWith("bills/")).sort();
      let before: Uint8Array | undefined;
      return keys.map((key, index) => {
        const bytes = objects.get(key) ?? new Uint8Array();
        const bill = parseBill(bytes);
        const previous = before === undefined ? null : { number: index, sha256: sha256(before) };
        if (bill.number !== index + 1 || JSON.stringify(bill.previous) !== JSON.stringify(previous))
          throw new Error(`${key} does not continue the chain`);
        before = bytes;
        return bill;
      });
    },
    /** The lines that a source bills, read from its statements. */
    linesOf({ period, revision, kind }: Bill["sources"][number]): Lines {
      const lines = new Map<string, number>();
      const add = (key: string, seconds: number) => lines.set(key, (lines.get(key) ?? 0) + seconds);
      const key = manifestKey(period, revision);
      const manifest = parseManifest(damaged.get(key) ?? objects.get(key) ?? new Uint8Array());
      for (const entry of manifest.resellers) {
        const statement = parseStatement(objects.get(entry.key) ?? new Uint8Array());
        if (kind === "adjustments") {
          for (const { resellerId, organizationId, agentId, before, after } of statement.adjustments)
            add(`${resellerId} ${organizationId} ${agentId} ${period}`, after - before);
          continue;
        }
        for (const { resellerId, organizationId, agents } of statement.organizations)
          for (const { agentId, seconds } of agents)
            add(`${resellerId} ${organizationId} ${agentId} ${period}`, seconds);
      }
      return lines;
    },
  };
}

/** Waits until this run may make its next call. */
export type Turn = () => Promise<void>;

/** Runs tasks whose calls come in the order that `choose` gives. The world may change between two calls. */
export async function interleaved(
  tasks: readonly ((take: Turn) => Promise<unknown>)[],
  choose: (count: number) => number,
  between: () => Promise<void>,
): Promise<unknown[]> {
  const waiting: (() => void)[] = [];
  const running = new Set(tasks);
  const results = tasks.map(async (task) => {
    try {
      return await task(() => new Promise((resolve) => void waiting.push(resolve)));
    } finally {
      running.delete(task);
    }
  });
  while (running.size > 0) {
    await new Promise(setImmediate);
    const [next] = waiting.splice(choose(waiting.length), 1);
    if (next === undefined) continue;
    await between();
    next();
  }
  return Promise.all(results);
}

/** The store of a run with such a fault. */
export function befall(
  store: SnapshotStore,
  objects: ReadonlyMap<string, Uint8Array>,
  { crash, stale }: Fate,
  take: Turn,
): SnapshotStore {
  let calls = 0;
  let reads = 0;
  const earlier = () => memoryStore(new Map([...objects].slice(0, objects.size - (stale?.objects ?? 0))));
  async function call<Result>(act: () => Promise<Result>): Promise<Result> {
    await take();
    const number = calls++;
    const at = crash?.at ?? Number.POSITIVE_INFINITY;
    const isKill = crash?.kind !== "asked again";
    if (isKill && (number > at || (number === at && crash?.kind === "before"))) throw new Crash();
    const result = await act();
    if (number !== at) return result;
    if (crash?.kind === "after") throw new Crash();
    return act();
  }
  const reading = () => (reads++ < (stale?.reads ?? 0) ? earlier() : store);
  return {
    list: (prefix) => call(() => reading().list(prefix)),
    keys: (prefix) => call(() => reading().keys(prefix)),
    get: (key) => call(() => reading().get(key)),
    create: (key, bytes) => call(() => store.create(key, bytes)),
  };
}

function resellersOf(usage: Usage): ResellerUsage[] {
  return Object.entries(usage)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reseller, seconds]) => ({
      resellerId: uuid(reseller),
      resellerName: uuid(reseller),
      organizations: [usageOf(reseller, "0a", { "0b": seconds })],
    }));
}
