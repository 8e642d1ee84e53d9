import * as z from "zod/mini";
import { SnapshotError } from "../snapshot-error.ts";

const adjustmentsEvent = z.strictObject({ bill: z.literal("adjustments") });

/**
 * Whether the event asks for a bill of adjustments only: `{"bill": "adjustments"}`. Every other event is about a
 * month.
 *
 * @throws SnapshotError `invalid_event` for an event with `bill` that has another form
 */
export function asksForAdjustments(event: unknown): boolean {
  if (typeof event !== "object" || event === null || !Object.hasOwn(event, "bill")) return false;
  if (adjustmentsEvent.safeParse(event).success) return true;
  throw new SnapshotError(
    "invalid_event",
    'bill must be "adjustments", without any other member. The function takes {"bill": "adjustments"}.',
  );
}
