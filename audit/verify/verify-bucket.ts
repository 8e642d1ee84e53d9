import { billNumber } from "../../lib/billing/bills/bill.ts";
import { manifestKey, ROOT } from "../../lib/billing/manifest.ts";
import { isMonth, type Month } from "../../lib/billing/month.ts";
import { minutesText, sumSigned } from "../../lib/minutes.ts";
import { type Billed, type CheckedBill, checkBills } from "./bills.ts";
import type { AuditedBucket } from "./bucket.ts";
import { checkHeads } from "./heads.ts";
import { checkLooks } from "./looks.ts";
import { type CheckedRevision, checkMonth } from "./month.ts";
import { checkTotals } from "./totals.ts";

export interface Expectations {
  /** The first month that is billed: every closed month from it on must be in a bill. */
  readonly from?: Month | undefined;
  /** A bill that an auditor has seen. It must be there with this hash. */
  readonly head?: { readonly number: number; readonly sha256: string } | undefined;
}

/** The result for a month, a bill, or the bucket. */
export interface Verdict {
  readonly subject: string;
  readonly summary: string;
  readonly findings: readonly string[];
}

/** The prefixes of all keys that the service writes. */
const PREFIXES = [ROOT, "bills/", "looked/", "heads/", "changed/", "totals/"];

/**
 * Checks everything that a bucket of closed months and bills promises, and returns one verdict for each month and
 * bill.
 */
export async function* verifyBucket(
  bucket: AuditedBucket,
  { from, head }: Expectations = {},
): AsyncGenerator<Verdict> {
  const { keys, findings } = await readKeys(bucket);
  const billNumbers = keys.map(billNumber).filter((number) => number !== undefined);
  const months = new Map<Month, ReadonlyMap<number, CheckedRevision>>();
  const found = new Map<Month, string[]>();
  for (const [month, numbers] of revisionsIn(keys)) {
    const findingsOf: string[] = [];
    months.set(month, await checkMonth(bucket, month, numbers, (finding) => void findingsOf.push(finding)));
    found.set(month, findingsOf);
  }
  const revisions = [...months.values()].flatMap((each) => [...each.values()]);
  findings.push(
    ...checkHeads(keys, revisions),
    ...checkTotals(keys, revisions),
    ...(await checkLooks(bucket, keys)),
  );
  const billed = await checkBills(
    bucket,
    billNumbers.sort((a, b) => a - b),
    months,
    from,
  );
  for (const [month, ofMonth] of months)
    yield monthVerdict(month, ofMonth, billed, found.get(month) ?? [], from);
  for (const bill of billed.bills) yield billVerdict(bill);
  const seen = head && billed.bills.find(({ number }) => number === head.number);
  if (head !== undefined && seen?.bill === undefined)
    findings.push(`bill ${head.number} of --head is missing`);
  else if (head !== undefined && seen?.sha256 !== head.sha256)
    findings.push(`bill ${head.number} does not match the hash of --head`);
  yield { subject: "bucket", summary: bucketSummary(keys, billed, months, findings), findings };
}

/** Lists all keys with their newest version; a second version and a delete marker are findings. */
async function readKeys(bucket: AuditedBucket): Promise<{ keys: string[]; findings: string[] }> {
  const findings: string[] = [];
  const versions = new Map<string, number>();
  for await (const { key, isDeleteMarker } of bucket.versions()) {
    if (isDeleteMarker) findings.push(`${key} has a delete marker`);
    else versions.set(key, (versions.get(key) ?? 0) + 1);
  }
  const keys = [...versions.keys()].sort();
  for (const [key, count] of versions) if (count > 1) findings.push(`${key} has ${count} versions`);
  for (const key of keys) {
    const isBill = !key.startsWith("bills/") || billNumber(key) !== undefined;
    if (!isBill || !PREFIXES.some((prefix) => key.startsWith(prefix)))
      findings.push(`${key} is not an object of this service`);
  }
  return { keys, findings };
}

/** Returns the numbers of each month's revisions that have a manifest, in ascending order. */
function revisionsIn(keys: readonly string[]): Map<Month, number[]> {
  const months = new Map<Month, number[]>();
  for (const key of keys) {
    const [, month = "", number = ""] = /period=([^/]+)\/revision=(\d+)\/manifest\.json$/.exec(key) ?? [];
    if (!isMonth(month) || manifestKey(month, Number(number)) !== key) continue;
    months.set(
      month,
      [...(months.get(month) ?? []), Number(number)].sort((a, b) => a - b),
    );
  }
  return months;
}

function monthVerdict(
  month: Month,
  revisions: ReadonlyMap<number, CheckedRevision>,
  { last }: Billed,
  findings: readonly string[],
  from: Month | undefined,
): Verdict {
  const newest = [...revisions.keys()].at(-1);
  const named = last.get(month);
  const isDue = from !== undefined && month >= from && named === undefined;
  const manifest = newest === undefined ? undefined : revisions.get(newest)?.manifest;
  const billing =
    named === undefined || newest === undefined
      ? "not billed"
      : named === newest
        ? "billed"
        : `billed up to revision ${named}; the rest waits for the next bill (${difference(revisions, named, newest)} s)`;
  const figures = manifest ? `as of ${manifest.as_of}, ${manifest.totals.seconds} s, ` : "";
  return {
    subject: month,
    summary: `revision ${newest ?? "none"}, ${figures}${billing}`,
    findings: isDue ? [...findings, "the month is closed, but no bill contains it"] : findings,
  };
}

/** The seconds by which a later revision differs from an earlier one. */
function difference(revisions: ReadonlyMap<number, CheckedRevision>, from: number, to: number): number {
  const secondsOf = (number: number) => revisions.get(number)?.manifest.totals.seconds ?? 0;
  return secondsOf(to) - secondsOf(from);
}

function billVerdict({ number, bill, sha256, findings }: CheckedBill): Verdict {
  const subject = `bill ${number}`;
  if (bill === undefined) return { subject, summary: "", findings };
  const { kind, period, totals, sources, left_out } = bill;
  const leftOut = left_out.map((revision) => `, left out ${revision.period}.${revision.revision}`).join("");
  const minutes = minutesText(totals.seconds);
  const summary = `${period ?? kind}, ${sources.length === 1 ? "1 revision" : `${sources.length} revisions`}, ${totals.seconds} s (${minutes} min)${leftOut}, sha256 ${sha256}`;
  return { subject, summary, findings };
}

/** Compares the sum of all bills with the newest revisions that they name. */
function bucketSummary(
  keys: readonly string[],
  { bills, last }: Billed,
  months: ReadonlyMap<Month, ReadonlyMap<number, CheckedRevision>>,
  findings: string[],
): string {
  const billed = sumSigned(bills.flatMap(({ bill }) => (bill === undefined ? [] : [bill.totals.seconds])));
  let newest = 0;
  for (const [month, revision] of last)
    newest += months.get(month)?.get(revision)?.manifest.totals.seconds ?? 0;
  if (billed !== newest)
    findings.push(`all bills add up to ${billed} s, but the revisions that they name to ${newest} s`);
  return `${keys.length} objects, all bills ${billed} s`;
}
