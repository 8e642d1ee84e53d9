import { type SignedSeconds, sumSigned, toSignedSeconds } from "../../minutes.ts";
import type { Instant, Month } from "../month.ts";
import { readable } from "../snapshot-error.ts";
import {
  listedMonths,
  listedRevisions,
  type ReadableStore,
  type Revision,
  revisionOf,
} from "../snapshots.ts";
import type { Bill, BillSource } from "./bill.ts";
import type { Chain } from "./chain.ts";

/** What a bill is made for. */
export type Purpose =
  | { readonly kind: "opening"; readonly before: Month }
  | { readonly kind: "month"; readonly month: Month }
  | { readonly kind: "adjustments" };

/** A source with the values that the bill takes from its manifest. */
interface Item {
  readonly source: BillSource;
  readonly asOf: Instant;
  readonly seconds: SignedSeconds;
}

type LeftOut = Bill["left_out"][number];

/**
 * Makes the bill that follows the chain. It uses no clock: the same chain and the same revisions give the same bytes.
 *
 * @returns undefined if there is nothing to bill: the month is not closed, or no revision waits for a bill
 * @throws SnapshotError `snapshot_damaged` if the first revision of the month to bill is damaged
 */
export async function draftBill(
  store: ReadableStore,
  chain: Chain,
  purpose: Purpose,
): Promise<Bill | undefined> {
  const leftOut: LeftOut[] = [];
  const items = await itemsFor(store, chain, purpose, leftOut);
  const [first] = items;
  if (first === undefined) return undefined;
  const asOf = items.reduce((latest, item) => (item.asOf > latest ? item.asOf : latest), first.asOf);
  const secondsOf = (kind: BillSource["kind"]) =>
    sumSigned(items.filter(({ source }) => source.kind === kind).map(({ seconds }) => seconds));
  const [usage, adjustments] = [secondsOf("usage"), secondsOf("adjustments")];
  const previous = chain.bills.at(-1);
  return {
    schema_version: 1,
    number: chain.bills.length + 1,
    kind: purpose.kind,
    period: purpose.kind === "month" ? purpose.month : null,
    as_of: asOf,
    previous: previous === undefined ? null : { number: previous.bill.number, sha256: previous.sha256 },
    sources: items.map(({ source }) => source),
    totals: {
      usage_seconds: usage,
      adjustment_seconds: adjustments,
      seconds: sumSigned([usage, adjustments]),
    },
    left_out: leftOut,
  };
}

async function itemsFor(
  store: ReadableStore,
  { named }: Chain,
  purpose: Purpose,
  leftOut: LeftOut[],
): Promise<Item[]> {
  if (purpose.kind === "opening") return openingItems(store, purpose.before, leftOut);
  const billed = new Map<Month, Named>(
    [...named].map(([month, { revision, sha256 }]) => [month, { revision, sha256 }]),
  );
  const items: Item[] = [];
  if (purpose.kind === "month") {
    const first = await revisionOf(store, purpose.month, 1);
    if (first === undefined) return [];
    items.push(usageItem(first));
    billed.set(purpose.month, { revision: 1, sha256: first.sha256 });
  }
  for (const [month, last] of [...billed].sort(([a], [b]) => (a < b ? -1 : 1)))
    items.push(...(await pendingItems(store, month, last, leftOut)));
  return items;
}

interface Named {
  readonly revision: number;
  readonly sha256: string;
}

/** Returns the revisions of a billed month that no bill names, up to the first that is missing or damaged. */
export async function pendingItems(
  store: ReadableStore,
  month: Month,
  last: Named,
  leftOut: LeftOut[] = [],
): Promise<Item[]> {
  const items: Item[] = [];
  let before: Named = last;
  let total: SignedSeconds | undefined;
  for (;;) {
    const revision = before.revision + 1;
    const next = await readable(() => revisionOf(store, month, revision));
    if (next === undefined) return items;
    total ??= await secondsOfNamed(store, month, before);
    const supersedes = next === "damaged" ? null : next.manifest.supersedes;
    const follows = supersedes?.revision === before.revision && supersedes.sha256 === before.sha256;
    if (next === "damaged" || total === undefined || !follows) {
      leftOut.push({ period: month, revision });
      return items;
    }
    const { manifest, sha256 } = next;
    const seconds = toSignedSeconds(manifest.totals.seconds - total);
    const source = { period: month, revision, sha256, kind: "adjustments" as const };
    items.push({ source, asOf: manifest.as_of, seconds });
    total = toSignedSeconds(manifest.totals.seconds);
    before = { revision, sha256 };
  }
}

/**
 * Returns the total of a revision that a bill names; undefined if the stored revision is not the one that the bill
 * names.
 */
async function secondsOfNamed(
  store: ReadableStore,
  month: Month,
  { revision, sha256 }: Named,
): Promise<SignedSeconds | undefined> {
  const found = await readable(() => revisionOf(store, month, revision));
  if (found === undefined || found === "damaged" || found.sha256 !== sha256) return undefined;
  return toSignedSeconds(found.manifest.totals.seconds);
}

/** Returns the newest undamaged revision of each closed month before the first billed one. */
async function openingItems(store: ReadableStore, before: Month, leftOut: LeftOut[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const month of await listedMonths(store)) {
    if (month >= before) continue;
    for (const revision of await listedRevisions(store, month)) {
      const found = await readable(() => revisionOf(store, month, revision));
      if (found === undefined) continue;
      if (found !== "damaged") {
        items.push(usageItem(found));
        break;
      }
      leftOut.push({ period: month, revision });
    }
  }
  return items;
}

function usageItem({ manifest, sha256 }: Revision): Item {
  const { period, revision, as_of: asOf, totals } = manifest;
  const source = { period, revision, sha256, kind: "usage" as const };
  return { source, asOf, seconds: toSignedSeconds(totals.seconds) };
}
