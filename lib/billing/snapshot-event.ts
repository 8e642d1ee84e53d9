import * as z from "zod/mini";
import { type Day, isDay } from "../period.ts";
import { textThat } from "../schema.ts";
import {
  closableFrom,
  daysOf,
  type Instant,
  isInstant,
  isMonth,
  type Month,
  monthBefore,
  toInstant,
  toMilliseconds,
} from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";

/** What a run is asked for, valid throughout. */
export interface SnapshotRequest {
  /** The schedule's own run has nothing to do where a person is told why: too early, or done already. */
  readonly isScheduled: boolean;
  readonly month: Month;
  /** Records written before it count; `recorded_at < as_of`. */
  readonly asOf: Instant;
  /** Days that may have no record, and why; for a run by hand alone. */
  readonly allowedMissingDays: readonly AllowedDay[];
}

/** A day that may have no record, with the reason that a person gave. */
export interface AllowedDay {
  readonly day: Day;
  readonly reason: string;
}

const instant = textThat(
  (text): text is Instant => isInstant(text) && toMilliseconds(text) >= 0,
  "must be an instant as YYYY-MM-DDTHH:MM:SSZ, in UTC and without milliseconds",
);
const month = textThat(isMonth, "must be a month as YYYY-MM");
const days = z.custom<readonly Day[]>(
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every((day) => typeof day === "string" && isDay(day)),
  "must be a list of days as YYYY-MM-DD, or left out",
);
const reason = z
  .string()
  .check(z.regex(/\S/, "must say why"), z.maxLength(1_000, "must have at most 1000 characters"));

/** EventBridge Scheduler's, whose input names `<aws.scheduler.scheduled-time>`. */
const scheduledEvent = z.strictObject({ scheduled_time: instant });
const byHandEvent = z.strictObject({
  period: month,
  as_of: instant,
  allow_missing_days: z.optional(days),
  reason: z.optional(reason),
});

/**
 * Reads the event of a run. A scheduled one speaks of the month before its scheduled time's, never of the clock's: a
 * retry days later means the same month.
 *
 * @param now milliseconds since 1970
 * @throws SnapshotError `invalid_event` with everything that is wrong
 */
export function readEvent(event: unknown, graceDays: number, now: number): SnapshotRequest {
  const request = isMember(event, "scheduled_time") ? readScheduled(event) : readByHand(event);
  const problems: string[] = [];
  if (request.asOf > toInstant(now)) problems.push(`${request.asOf} is in the future`);
  if (!request.isScheduled) {
    const from = closableFrom(request.month, graceDays);
    if (request.asOf < from)
      problems.push(`as_of: ${request.month} may be closed as of ${from} at the earliest`);
    const inMonth: readonly string[] = daysOf(request.month);
    for (const { day } of request.allowedMissingDays) {
      if (!inMonth.includes(day)) problems.push(`allow_missing_days: ${day} is no day of ${request.month}`);
    }
  }
  if (problems.length > 0) throw invalid(problems);
  return request;
}

function readScheduled(event: unknown): SnapshotRequest {
  const { scheduled_time: asOf } = parsed(scheduledEvent, event);
  return { isScheduled: true, month: monthBefore(asOf), asOf, allowedMissingDays: [] };
}

function readByHand(event: unknown): SnapshotRequest {
  const { period, as_of: asOf, allow_missing_days: allowed, reason: why } = parsed(byHandEvent, event);
  if ((allowed === undefined) !== (why === undefined)) {
    throw invalid(["allow_missing_days and reason go together: which days, and why"]);
  }
  const allowedMissingDays = [...new Set(allowed)].sort().map((day) => ({ day, reason: why ?? "" }));
  return { isScheduled: false, month: period, asOf, allowedMissingDays };
}

function parsed<Schema extends z.ZodMiniObject>(schema: Schema, event: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(event);
  if (data !== undefined) return data;
  throw invalid(
    (error?.issues ?? []).map((issue) => {
      if (issue.code === "unrecognized_keys") return `${issue.keys.join(", ")}: there is no such member`;
      const member = String(issue.path[0] ?? "the event");
      if (member === "the event") return "the event must be a JSON object";
      return `${member} ${isMember(event, member) ? issue.message : "is missing"}`;
    }),
  );
}

function isMember(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function invalid(problems: readonly string[]): SnapshotError {
  const forms = '{"scheduled_time"} or {"period", "as_of", "allow_missing_days"?, "reason"?}';
  return new SnapshotError("invalid_event", `${problems.join("; ")}. The function takes ${forms}.`);
}
