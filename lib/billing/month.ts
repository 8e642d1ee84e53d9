import { type Day, isDay, type Period } from "../period.ts";

declare const month: unique symbol;
declare const instant: unique symbol;

/** A calendar month in UTC, `YYYY-MM`; months compare as text. */
export type Month = string & { readonly [month]: true };

/** A whole second in UTC, `YYYY-MM-DDTHH:MM:SSZ`; instants compare as text. */
export type Instant = string & { readonly [instant]: true };

export const MILLISECONDS_A_DAY = 86_400_000;

/** The last instant that an `Instant` can name, in milliseconds since 1970. */
export const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Whether the text is a month in exactly the form `YYYY-MM`. */
export function isMonth(text: string): text is Month {
  return isDay(`${text}-01`);
}

/** Whether the text is a real instant in exactly the form `YYYY-MM-DDTHH:MM:SSZ`, without milliseconds. */
export function isInstant(text: string): text is Instant {
  const at = Date.parse(text);
  // A year with more digits begins with a sign and does not compare as text.
  return text.length === 20 && !Number.isNaN(at) && new Date(at).toISOString().replace(".000Z", "Z") === text;
}

/** Milliseconds since 1970. */
export function toMilliseconds(at: Instant): number {
  return Date.parse(at);
}

/** @param at milliseconds since 1970; fractions of a second are dropped */
export function toInstant(at: number): Instant {
  const text = `${new Date(at).toISOString().slice(0, 19)}Z`;
  if (!isInstant(text)) throw new RangeError("not an instant of the years 0 to 9999");
  return text;
}

/** Returns the calendar month before the month of an instant. */
export function monthBefore(at: Instant): Month {
  const day = new Date(`${at.slice(0, 7)}-01T00:00:00Z`);
  day.setUTCMonth(day.getUTCMonth() - 1);
  return toMonth(day);
}

/** Returns the calendar month after this one. */
export function monthAfter(of: Month): Month {
  return toMonth(new Date(endOf(of)));
}

/** Returns the first and the last day of the month. */
export function periodOf(of: Month): Period {
  const days = daysOf(of);
  const [start, end] = [days.at(0), days.at(-1)];
  if (start === undefined || end === undefined) throw new TypeError("a month has days");
  return { start, end };
}

/** Lists every day of the month, in order. */
export function daysOf(of: Month): Day[] {
  return Array.from({ length: 31 }, (_, index) => `${of}-${String(index + 1).padStart(2, "0")}`).filter(
    isDay,
  );
}

/** Returns the first instant after the month, in milliseconds since 1970. */
export function endOf(of: Month): number {
  return Date.parse(periodOf(of).end) + MILLISECONDS_A_DAY;
}

/** Returns the first instant at which the month may be closed: this many days after its end, within the calendar. */
export function closableFrom(of: Month, graceDays: number): Instant {
  return toInstant(Math.min(endOf(of) + graceDays * MILLISECONDS_A_DAY, LAST_INSTANT));
}

/** Counts the whole days from the end of the month to the instant. */
export function daysSince(of: Month, at: Instant): number {
  return Math.floor((toMilliseconds(at) - endOf(of)) / MILLISECONDS_A_DAY);
}

function toMonth(day: Date): Month {
  const text = day.toISOString().slice(0, 7);
  if (!isMonth(text)) throw new RangeError("not a month of the years 0 to 9999");
  return text;
}
