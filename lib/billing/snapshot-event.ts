import * as z from "zod/mini";
import { type Day, isDay } from "../period.ts";
import { textThat } from "../schema.ts";
import { FINDING_KINDS, type FindingKind } from "./findings.ts";
import {
  closableFrom,
  daysOf,
  type Instant,
  isInstant,
  isMonth,
  LAST_INSTANT,
  MILLISECONDS_A_DAY,
  type Month,
  monthBefore,
  toInstant,
  toMilliseconds,
} from "./month.ts";
import { SnapshotError } from "./snapshot-error.ts";

/** The valid request of a run. */
export interface SnapshotRequest {
  /** A scheduled run does nothing if it is too early or the month is done already; a manual run gets an error. */
  readonly isScheduled: boolean;
  readonly month: Month;
  /** Records written before it count; `recorded_at < as_of`. */
  readonly asOf: Instant;
  /** Records written at this instant or later are future records: a day after the run's day or after `asOf`. */
  readonly futureFrom: Instant;
  /** Days that may have no record, and why; only for a manual run. */
  readonly allowedMissingDays: readonly AllowedDay[];
  /** Kinds of findings that the month may have, and why; only for a manual run. */
  readonly allowedFindings: { readonly kinds: readonly FindingKind[]; readonly reason: string } | undefined;
  /** Why days may have fewer calls than in the previous revision; only for a manual run. */
  readonly shrunkReason: string | undefined;
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
  "must be a list of days as YYYY-MM-DD, or omitted",
);
const findings = z.custom<readonly FindingKind[]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every((each) => FINDING_KINDS.includes(each)),
  `must list one or more of these kinds: ${FINDING_KINDS.join(", ")}`,
);
const reason = z
  .string()
  .check(z.regex(/\S/, "must not be empty"), z.maxLength(1_000, "must have at most 1000 characters"));

/** The event of EventBridge Scheduler, whose input contains `<aws.scheduler.scheduled-time>`. */
const scheduledEvent = z.strictObject({ scheduled_time: instant });
const byHandEvent = z.strictObject({
  period: month,
  as_of: instant,
  allow_missing_days: z.optional(days),
  allow_unsound: z.optional(findings),
  allow_shrunk: z.optional(z.literal(true, "must be true, or omitted")),
  reason: z.optional(reason),
});

/**
 * Reads the event of a run. A scheduled event means the month before its scheduled time, never before the present
 * time, so a retry days later means the same month.
 *
 * @param now milliseconds since 1970
 * @throws SnapshotError `invalid_event` with everything that is wrong
 */
export function readEvent(event: unknown, graceDays: number, now: number): SnapshotRequest {
  const request = isMember(event, "scheduled_time") ? readScheduled(event, now) : readByHand(event, now);
  const problems: string[] = [];
  if (request.asOf > toInstant(now)) problems.push(`${request.asOf} is in the future`);
  if (!request.isScheduled) {
    const from = closableFrom(request.month, graceDays);
    if (request.asOf < from)
      problems.push(`as_of: ${request.month} can be closed only as of ${from} or later`);
    const inMonth: readonly string[] = daysOf(request.month);
    const outside = request.allowedMissingDays.map(({ day }) => day).filter((day) => !inMonth.includes(day));
    if (outside.length > 0) problems.push(`allow_missing_days: not in ${request.month}: ${listed(outside)}`);
  }
  if (problems.length > 0) throw invalid(problems);
  return request;
}

function readScheduled(event: unknown, now: number): SnapshotRequest {
  const { scheduled_time: asOf } = parsed(scheduledEvent, event);
  return {
    isScheduled: true,
    month: monthBefore(asOf),
    asOf,
    futureFrom: futureOf(asOf, now),
    allowedMissingDays: [],
    allowedFindings: undefined,
    shrunkReason: undefined,
  };
}

function readByHand(event: unknown, now: number): SnapshotRequest {
  const {
    period,
    as_of: asOf,
    allow_missing_days: missing,
    allow_unsound: kinds,
    allow_shrunk: shrunk,
    reason: why,
  } = parsed(byHandEvent, event);
  const allowsNothing = missing === undefined && kinds === undefined && shrunk === undefined;
  if (allowsNothing !== (why === undefined)) {
    throw invalid([
      "allow_missing_days, allow_unsound or allow_shrunk needs a reason, and a reason needs one of them",
    ]);
  }
  const allowedMissingDays = [...new Set(missing)].sort().map((day) => ({ day, reason: why ?? "" }));
  const allowedFindings = kinds && { kinds, reason: why ?? "" };
  const futureFrom = futureOf(asOf, now);
  const shrunkReason = shrunk && why;
  return {
    isScheduled: false,
    month: period,
    asOf,
    futureFrom,
    allowedMissingDays,
    allowedFindings,
    shrunkReason,
  };
}

/**
 * A day after the cutoff, or after the start of the run's own day if the cutoff is older. Records written since an
 * old cutoff are therefore not future records. It changes once a day, so that runs of one day share an execution.
 */
function futureOf(asOf: Instant, now: number): Instant {
  const startOfDay = now - (now % MILLISECONDS_A_DAY);
  return toInstant(Math.min(Math.max(toMilliseconds(asOf), startOfDay) + MILLISECONDS_A_DAY, LAST_INSTANT));
}

function parsed<Schema extends z.ZodMiniObject>(schema: Schema, event: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(event);
  if (data !== undefined) return data;
  throw invalid(
    (error?.issues ?? []).map((issue) => {
      if (issue.code === "unrecognized_keys") return `${listed(issue.keys)}: there is no such member`;
      const member = String(issue.path[0] ?? "the event");
      if (member === "the event") return "the event must be a JSON object";
      return `${member} ${isMember(event, member) ? issue.message : "is missing"}`;
    }),
  );
}

/** The most characters of an event in a message, so that the log line stays short. */
const MAX_QUOTED = 200;

function listed(texts: readonly string[]): string {
  const list = texts.join(", ");
  return list.length <= MAX_QUOTED ? list : `${list.slice(0, MAX_QUOTED - 1)}…`;
}

function isMember(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function invalid(problems: readonly string[]): SnapshotError {
  const forms =
    '{"scheduled_time"} or {"period", "as_of", "allow_missing_days"?, "allow_unsound"?, "allow_shrunk"?, "reason"?} or {"bill": "adjustments"}';
  return new SnapshotError("invalid_event", `${problems.join("; ")}. The function takes ${forms}.`);
}
