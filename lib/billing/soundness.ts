import { BROKEN_RECORD_KINDS } from "../usage/counted-calls.ts";
import { type AllowedFinding, FINDING_KINDS, type Finding, type FindingKind } from "./findings.ts";
import type { DayRow } from "./query.ts";
import { SnapshotError } from "./snapshot-error.ts";

/** A day is suspicious if more than one call in this many has no duration. */
const CALLS_FOR_ONE_IN_PROGRESS = 20;

/** Lists what breaks the contract of the lake, by day and kind. */
export function findingsOf(days: readonly DayRow[]): Finding[] {
  return days.flatMap(({ day, calls, quality: { callsInProgress }, faults }) => {
    const isSuspicious = callsInProgress * CALLS_FOR_ONE_IN_PROGRESS > calls;
    const counts = new Map<FindingKind, number>(faults);
    if (isSuspicious) counts.set("duration_missing", callsInProgress);
    return Array.from(counts, ([kind, count]) => ({ day, kind, count }));
  });
}

/** Whether the day has a record that was written before the cutoff. If not, its data has not arrived. */
export function hasArrived({ calls, faults }: DayRow): boolean {
  return calls > 0 || BROKEN_RECORD_KINDS.some((kind) => faults.has(kind));
}

/** Allows the findings of these kinds for this reason, and keeps the earlier allowances that these do not replace. */
export function allowFindings(
  findings: readonly Finding[],
  kinds: readonly FindingKind[],
  reason: string,
  earlier: readonly AllowedFinding[],
): AllowedFinding[] {
  const allowed = findings.filter(({ kind }) => kinds.includes(kind));
  const kept = earlier.filter((each) => !allowed.some((other) => isSameFinding(each, other)));
  return [...kept, ...allowed.map((finding) => ({ ...finding, reason }))].toSorted((a, b) =>
    a.day === b.day ? FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind) : a.day < b.day ? -1 : 1,
  );
}

/**
 * Refuses a month whose records break the contract of the lake. An allowance covers a day and kind up to the count
 * when it was given: further broken records need a new one.
 *
 * @param refusal what the message begins with
 * @param tolerated how many findings may remain that nobody has allowed
 * @throws SnapshotError `month_unsound`
 */
export function requireSound(
  refusal: string,
  findings: readonly Finding[],
  allowed: readonly AllowedFinding[],
  tolerated: number,
): void {
  const open = findings.filter(
    (finding) => !allowed.some((each) => isSameFinding(each, finding) && each.count >= finding.count),
  );
  if (open.reduce((sum, { count }) => sum + count, 0) <= tolerated) return;
  const named = open.slice(0, NAMED_FINDINGS).map(({ day, kind, count }) => `${kind} ${count} on ${day}`);
  const more = open.length > named.length ? `, and ${open.length - named.length} more` : "";
  throw new SnapshotError(
    "month_unsound",
    `${refusal}: its records break the contract of the lake (${named.join(", ")}${more}). Correct the data; npm run doctor shows sample keys. To continue anyway, run by hand with allow_unsound (these kinds) and a reason.`,
  );
}

/** The most findings that a message names. */
const NAMED_FINDINGS = 20;

function isSameFinding(a: Finding, b: Finding): boolean {
  return a.day === b.day && a.kind === b.kind;
}
