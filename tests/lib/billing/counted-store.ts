/** A store that counts its calls, the bytes that S3 would send for them, and how many follow one another. */
import type { ReadableStore } from "../../../lib/billing/snapshots.ts";

export interface Cost {
  calls: string[];
  bytes: number;
  /** Calls that were made one after another, because each needed the answer of the one before. */
  rounds: number;
}

/** What ListObjectsV2 sends for each object beside its key, for each common prefix, and for each page. */
const PER_OBJECT = 330;
const PER_PREFIX = 60;
const PER_PAGE = 600;
const KEYS_A_PAGE = 1_000;
/** Turns of the event loop without a further call, after which none is on its way to start. */
const TURNS = 20;

/** The headers of an answer. */
const PER_GET = 500;

/**
 * @param sizeOf the size that an object would have in the bucket that is measured; its own where it is undefined
 */
export function countedStore(
  store: ReadableStore,
  sizeOf: (key: string) => number | undefined = () => undefined,
): { readonly store: ReadableStore; readonly cost: Cost } {
  const cost: Cost = { calls: [], bytes: 0, rounds: 0 };
  let round: Promise<void> | undefined;

  /** Calls of one round start without waiting for one another: the round ends once no further call starts. */
  function inRound(): Promise<void> {
    if (round === undefined) {
      cost.rounds += 1;
      round = untilQuiet();
    }
    return round;
  }

  async function untilQuiet(): Promise<void> {
    for (let started = -1; started !== cost.calls.length; ) {
      started = cost.calls.length;
      for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
    }
    round = undefined;
  }

  async function listed(
    name: string,
    of: (prefix: string) => Promise<readonly string[]>,
    prefix: string,
    each: number,
  ) {
    cost.calls.push(`${name} ${prefix}`);
    await inRound();
    const found = await of(prefix);
    const pages = Math.max(1, Math.ceil(found.length / KEYS_A_PAGE));
    for (let page = 1; page < pages; page += 1) await inRound();
    cost.bytes += pages * PER_PAGE + found.reduce((sum, key) => sum + prefix.length + key.length + each, 0);
    return found;
  }

  return {
    cost,
    store: {
      list: (prefix) => listed("list", store.list, prefix, PER_PREFIX),
      keys: (prefix) => listed("keys", store.keys, prefix, PER_OBJECT),
      get: async (key) => {
        cost.calls.push(`get ${key}`);
        await inRound();
        const bytes = await store.get(key);
        cost.bytes += PER_GET + (sizeOf(key) ?? bytes?.byteLength ?? 0);
        return bytes;
      },
    },
  };
}
