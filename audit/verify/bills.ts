import { type Bill, type BillSource, billKey, parseBill } from "../../lib/billing/bills/bill.ts";
import type { Month } from "../../lib/billing/month.ts";
import { sha256 } from "../../lib/billing/statement.ts";
import type { AuditedBucket } from "./bucket.ts";
import type { CheckedRevision } from "./month.ts";

/** The revisions that can be read, by month and number. */
export type Months = ReadonlyMap<Month, ReadonlyMap<number, CheckedRevision>>;

export interface CheckedBill {
  readonly number: number;
  /** Undefined if it is missing or not valid. */
  readonly bill: Bill | undefined;
  readonly sha256: string;
  readonly findings: readonly string[];
}

/** What the bills name, after all are checked. */
export interface Billed {
  readonly bills: readonly CheckedBill[];
  /** The last revision of each billed month that a bill names. */
  readonly last: ReadonlyMap<Month, number>;
}

/**
 * Checks all bills. They must be one chain without a gap, every source must match its manifest, and the totals must
 * be right. Each month's usage must be in one bill and before its adjustments, and every revision in one bill.
 *
 * @param numbers of the bills, ascending
 * @param from the first month that is billed
 */
export async function checkBills(
  bucket: AuditedBucket,
  numbers: readonly number[],
  months: Months,
  from: Month | undefined,
): Promise<Billed> {
  const bills: CheckedBill[] = [];
  const last = new Map<Month, number>();
  for (let number = 1; number <= (numbers.at(-1) ?? 0); number += 1) {
    const findings: string[] = [];
    const tell = (finding: string) => void findings.push(finding);
    const bytes = await bucket.get(billKey(number));
    const bill = bytes && readBill(bytes, tell);
    if (bytes === undefined) tell("it is missing");
    if (bill !== undefined) {
      checkChain(bill, number, bills.at(-1), tell);
      for (const source of bill.sources) checkSource(bill, source, months, last, tell);
      checkTotals(bill, months, tell);
      checkKind(bill, from, tell);
    }
    bills.push({ number, bill, sha256: bytes === undefined ? "" : sha256(bytes), findings });
  }
  return { bills, last };
}

function readBill(bytes: Uint8Array, tell: (finding: string) => void): Bill | undefined {
  try {
    return parseBill(bytes);
  } catch {
    tell("it is not valid");
    return undefined;
  }
}

function checkChain(
  { number, previous }: Bill,
  expected: number,
  before: CheckedBill | undefined,
  tell: (finding: string) => void,
): void {
  if (number !== expected) tell(`it has the number ${number} inside`);
  if (previous?.number !== before?.number || previous?.sha256 !== before?.sha256)
    tell("previous does not match the previous bill");
}

function checkSource(
  { kind }: Bill,
  source: BillSource,
  months: Months,
  last: Map<Month, number>,
  tell: (finding: string) => void,
): void {
  const { period, revision } = source;
  const name = `${source.kind} of ${period}, revision ${revision}`;
  const named = last.get(period);
  const found = months.get(period)?.get(revision);
  if (found === undefined) tell(`${name}: there is no such revision that can be read`);
  else if (found.sha256 !== source.sha256) tell(`${name}: the hash does not match the manifest`);
  if (source.kind === "usage") {
    if (named !== undefined) tell(`${name}: the month is billed a second time`);
    if (kind !== "opening" && revision !== 1) tell(`${name}: usage is billed from revision 1`);
  } else if (named === undefined) {
    tell(`${name}: the month's usage is not billed before its adjustments`);
  } else if (revision !== named + 1) {
    tell(`${name}: expected revision ${named + 1}`);
  }
  last.set(period, Math.max(revision, named ?? 0));
}

function checkTotals(bill: Bill, months: Months, tell: (finding: string) => void): void {
  const secondsOf = (period: Month, revision: number) =>
    months.get(period)?.get(revision)?.manifest.totals.seconds ?? 0;
  const sums = { usage: 0, adjustments: 0 };
  let asOf = "";
  for (const { period, revision, kind } of bill.sources) {
    const before = kind === "usage" ? 0 : secondsOf(period, revision - 1);
    sums[kind] += secondsOf(period, revision) - before;
    const found = months.get(period)?.get(revision)?.manifest.as_of ?? "";
    if (found > asOf) asOf = found;
  }
  const { usage_seconds, adjustment_seconds, seconds } = bill.totals;
  if (usage_seconds !== sums.usage)
    tell(`totals.usage_seconds is ${usage_seconds}, but its sources add up to ${sums.usage}`);
  if (adjustment_seconds !== sums.adjustments)
    tell(`totals.adjustment_seconds is ${adjustment_seconds}, but its sources add up to ${sums.adjustments}`);
  if (seconds !== usage_seconds + adjustment_seconds) tell("totals.seconds is not the sum of the other two");
  if (asOf !== bill.as_of) tell(`as_of is ${bill.as_of}, but the latest of its sources is ${asOf}`);
}

function checkKind(
  { number, kind, period, sources }: Bill,
  from: Month | undefined,
  tell: (finding: string) => void,
): void {
  const usages = sources.filter((source) => source.kind === "usage").map((source) => source.period);
  if (sources.length === 0) tell("it names no source");
  if (kind === "month" && (usages.length !== 1 || usages[0] !== period))
    tell(`it bills ${period}, but names the usage of ${usages.join(", ") || "no month"}`);
  if (kind !== "month" && period !== null) tell(`a bill of kind ${kind} has a period`);
  if (kind === "opening" && (number !== 1 || usages.length !== sources.length))
    tell("an opening must be bill 1 and name only usage");
  // Nobody posts an opening. So a month in it that is due would never be invoiced.
  for (const usage of kind === "opening" ? usages : [])
    if (from !== undefined && usage >= from)
      tell(`an opening names the usage of ${usage}, but ${from} is the first month to bill`);
  if (kind === "adjustments" && usages.length > 0) tell("a bill of adjustments names usage");
}
