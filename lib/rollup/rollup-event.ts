import * as z from "zod/mini";
import { type Day, isDay } from "../period.ts";
import { textThat } from "../schema.ts";
import { RollupError } from "./rollup-error.ts";

/** The request of a run. */
export type RollupRequest =
  | { readonly task: "roll up"; readonly mayEmpty: ReadonlySet<Day> }
  | { readonly task: "compact" };

const days = z.array(textThat(isDay));
const rollUpEvent = z.strictObject({
  task: z.optional(z.literal("roll up")),
  allow_empty_days: z.optional(days),
});
const compactEvent = z.strictObject({ task: z.literal("compact") });

/**
 * Reads the event of a run. `{}` or `{"task": "roll up"}` rolls up what has changed. A manual run may add
 * `"allow_empty_days": ["2026-04-19"]` for days whose calls are to be removed. `{"task": "compact"}` compacts the
 * table.
 *
 * @throws RollupError `invalid_event`
 */
export function readRollupEvent(event: unknown): RollupRequest {
  if (compactEvent.safeParse(event).success) return { task: "compact" };
  const { data } = rollUpEvent.safeParse(event);
  if (data !== undefined) return { task: "roll up", mayEmpty: new Set(data.allow_empty_days) };
  throw new RollupError(
    "invalid_event",
    'The function takes {"task": "roll up", "allow_empty_days"?: ["YYYY-MM-DD"]} or {"task": "compact"}.',
  );
}
