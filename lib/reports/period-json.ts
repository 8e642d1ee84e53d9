import type { Period } from "../period.ts";

/** The member `period` of every report. */
export function periodJson({ start, end }: Period): string {
  return JSON.stringify({ start_date: start, end_date: end });
}
