import type { Day } from "../period.ts";
import { BROKEN_RECORD_KINDS } from "../usage/counted-calls.ts";

/**
 * What can be wrong with the records of a day, in addition to the kinds of broken records:
 *
 * - `latest_record_broken`: calls that count by an earlier record, because a later one is broken.
 * - `call_on_two_days`: calls that also count on another day of the month or next to it.
 * - `dt_differs_from_started_at`: calls on a day that is not the UTC day of their `started_at`.
 * - `recorded_in_the_future`: records whose `recorded_at` is after the present.
 */
export const FAULT_KINDS = [
  ...BROKEN_RECORD_KINDS,
  "latest_record_broken",
  "call_on_two_days",
  "dt_differs_from_started_at",
  "recorded_in_the_future",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * The kinds of findings: the kinds of faults, and `duration_missing` for a day on which more than one counted call in
 * twenty has no duration. A misnamed column has this effect.
 */
export const FINDING_KINDS = [...FAULT_KINDS, "duration_missing"] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** How many records or calls of a day break the contract of the lake in one way. */
export interface Finding {
  readonly day: Day;
  readonly kind: FindingKind;
  readonly count: number;
}

/** A finding that a person has allowed, with the reason. */
export interface AllowedFinding extends Finding {
  readonly reason: string;
}
