/** Valid values of billing's types, and the failures of a run. */

import { type Instant, isInstant, isMonth, type Month } from "../../../lib/billing/month.ts";
import { SnapshotError } from "../../../lib/billing/snapshot-error.ts";

export function month(text: string): Month {
  if (!isMonth(text)) throw new TypeError(`${text} is no month`);
  return text;
}

export function instant(text: string): Instant {
  if (!isInstant(text)) throw new TypeError(`${text} is no instant`);
  return text;
}

/** The failure that the call throws; rethrows anything but a SnapshotError. */
export function snapshotFailureOf(call: () => unknown): SnapshotError {
  try {
    call();
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
