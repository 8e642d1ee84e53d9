import { isMonth, type Month } from "../lib/billing/month.ts";
import { addSeconds, type Seconds, toSeconds } from "../lib/minutes.ts";
import { amount, list, record, text, UnexpectedAnswer, whole } from "./parse.ts";

/** The usage of an agent, or of the calls without an agent. */
export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly seconds: Seconds;
}

/** An organization under one of its resellers. */
export interface Organization {
  /** Identifies it in a report: an organization that changed hands is listed once for each owner. */
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly resellerId: string;
  readonly resellerName: string;
  readonly seconds: Seconds;
  readonly agentCount: number;
  readonly agents: readonly Agent[];
}

/** A difference of one revision of a closed month from the previous one. */
export interface Adjustment {
  readonly resellerId: string;
  readonly organizationId: string;
  readonly agentId: string;
  readonly before: number;
  readonly after: number;
  readonly delta: number;
}

/** Which revision of a closed month a report is. */
export interface Billed {
  readonly revision: number;
  /** An instant, such as `2026-05-04T06:00:00Z`. */
  readonly asOf: string;
  readonly adjustments: readonly Adjustment[];
}

/** A report of the API: every organization, in the API's order. */
export interface Report {
  readonly organizations: readonly Organization[];
  readonly start: string;
  readonly end: string;
  /** Undefined for the live report. */
  readonly billed: Billed | undefined;
}

/** A month that was closed, and its newest revision. */
export interface ClosedMonth {
  readonly month: Month;
  readonly revision: number;
  readonly asOf: string;
}

/** The months that were closed. */
export interface Months {
  /** The newest last. */
  readonly closed: readonly ClosedMonth[];
  /** Months that were closed and cannot be read now. */
  readonly damaged: readonly Month[];
}

/** The exact seconds of a figure that the API states in minutes. */
export function secondsOf(minutes: number): Seconds {
  return toSeconds(Math.round(minutes * 60));
}

/** The exact sum of some lines. */
export function sumOf(lines: Iterable<{ readonly seconds: Seconds }>): Seconds {
  let sum = toSeconds(0);
  for (const { seconds } of lines) sum = addSeconds(sum, seconds);
  return sum;
}

/** @throws UnexpectedAnswer for JSON that is not a report */
export function parseReport(json: unknown): Report {
  const { data, period, revision, as_of, adjustments } = record(json);
  const { start_date, end_date } = record(period);
  return {
    organizations: list(data, organizationOf),
    start: text(start_date),
    end: text(end_date),
    billed:
      revision === undefined
        ? undefined
        : { revision: whole(revision), asOf: text(as_of), adjustments: list(adjustments, adjustment) },
  };
}

/**
 * Reads the list of closed months. Damaged months are listed beside the others and do not hide them.
 *
 * @throws UnexpectedAnswer for JSON that is not such a list
 */
export function parseMonths(json: unknown): Months {
  const { data, damaged = [] } = record(json);
  const closed = list(data, (item): ClosedMonth => {
    const { period, revision, as_of } = record(item);
    return { month: monthOf(period), revision: whole(revision), asOf: text(as_of) };
  });
  return {
    closed: closed.toSorted((a, b) => (a.month < b.month ? -1 : 1)),
    damaged: list(damaged, monthOf),
  };
}

/** @throws UnexpectedAnswer for anything but a month */
export function monthOf(value: unknown): Month {
  const month = text(value);
  if (!isMonth(month)) throw new UnexpectedAnswer("expected a month");
  return month;
}

/** @throws UnexpectedAnswer for JSON that is not an organization's entry */
export function organizationOf(item: unknown): Organization {
  const fields = record(item);
  const id = text(fields["organization_id"]);
  const resellerId = text(fields["reseller_id"]);
  return {
    key: `${id}.${resellerId}`,
    id,
    name: text(fields["organization_name"]),
    resellerId,
    resellerName: text(fields["reseller_name"]),
    seconds: secondsOf(amount(fields["total_voice_minutes"])),
    agentCount: whole(fields["agent_count"]),
    agents: list(fields["agents"], agent),
  };
}

function agent(item: unknown): Agent {
  const { agent_id, agent_name, voice_minutes } = record(item);
  return { id: text(agent_id), name: text(agent_name), seconds: secondsOf(amount(voice_minutes)) };
}

function adjustment(item: unknown): Adjustment {
  const fields = record(item);
  return {
    resellerId: text(fields["reseller_id"]),
    organizationId: text(fields["organization_id"]),
    agentId: text(fields["agent_id"]),
    before: whole(fields["seconds_before"]),
    after: whole(fields["seconds_after"]),
    delta: whole(fields["seconds_delta"]),
  };
}
