import type { Bill, BillSource } from "../../../lib/billing/bills/bill.ts";
import type { Month } from "../../../lib/billing/month.ts";
import type { Lines } from "./bills-world.ts";

/** What the bills are compared with. */
export interface BilledWorld {
  readonly billFrom: Month;
  /** What a source bills, line by line, read from its statements. */
  readonly linesOf: (source: BillSource) => Lines;
}

/** Checks the bills and the revisions that they name, line by line; returns the violations, empty if there are none. */
export function brokenInvariants(world: BilledWorld, bills: readonly Bill[]): string[] {
  const broken: string[] = [];
  const billed = new Map<string, number>();
  const last = new Map<Month, BillSource>();
  for (const bill of bills) {
    const sums = { usage: 0, adjustments: 0 };
    for (const source of bill.sources) {
      if (!isInTurn(bill, source, last.get(source.period)))
        broken.push(`bill ${bill.number} names ${source.period}.${source.revision} out of turn`);
      last.set(source.period, source);
      for (const [key, seconds] of world.linesOf(source)) {
        billed.set(key, (billed.get(key) ?? 0) + seconds);
        sums[source.kind] += seconds;
      }
    }
    const { usage_seconds, adjustment_seconds, seconds } = bill.totals;
    if (usage_seconds !== sums.usage || adjustment_seconds !== sums.adjustments)
      broken.push(`bill ${bill.number} has other totals than its sources`);
    if (seconds !== sums.usage + sums.adjustments) broken.push(`bill ${bill.number} does not add up`);
    if (!namesItsMonth(bill, world.billFrom)) broken.push(`bill ${bill.number} bills another month`);
  }
  const newest = new Map<string, number>();
  for (const source of last.values())
    for (const [key, seconds] of world.linesOf({ ...source, kind: "usage" })) newest.set(key, seconds);
  if (textOf(billed) !== textOf(newest)) broken.push(`billed ${textOf(billed)}, newest ${textOf(newest)}`);
  return broken;
}

function isInTurn({ kind }: Bill, source: BillSource, before: BillSource | undefined): boolean {
  if (source.kind === "adjustments") return source.revision === (before?.revision ?? Number.NaN) + 1;
  return before === undefined && (kind === "opening" || source.revision === 1);
}

function namesItsMonth({ number, kind, period, sources }: Bill, billFrom: Month): boolean {
  const usages = sources.filter((source) => source.kind === "usage").map((source) => source.period);
  if (kind === "opening") return number === 1 && period === null && usages.every((each) => each < billFrom);
  if (kind === "adjustments") return period === null && usages.length === 0;
  return usages.length === 1 && usages[0] === period && period !== null && period >= billFrom;
}

function textOf(lines: Lines): string {
  const some = [...lines].filter(([, seconds]) => seconds !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(some);
}
