declare const day: unique symbol;

/** A UTC calendar day, `YYYY-MM-DD`; days compare as text. */
export type Day = string & { readonly [day]: true };

/** A range of UTC days, both ends inclusive, `start <= end`. */
export interface Period {
  readonly start: Day;
  readonly end: Day;
}

const MILLISECONDS_A_DAY = 86_400_000;

/** Whether the text is a real calendar day in exactly the form `YYYY-MM-DD` (`2025-02-29` is not one). */
export function isDay(text: string): text is Day {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && toDayText(Date.parse(`${text}T00:00:00Z`)) === text;
}

/** Counts the days of the period; 1 if start and end are the same day. */
export function daysIn({ start, end }: Period): number {
  return (Date.parse(end) - Date.parse(start)) / MILLISECONDS_A_DAY + 1;
}

/** Returns the UTC day of an instant (milliseconds since 1970). */
export function dayOf(instant: number): Day {
  const text = toDayText(instant);
  if (!isDay(text)) throw new RangeError("not a day of the years 0 to 9999");
  return text;
}

/** Returns the day this many days later; earlier if the number is negative. */
export function addDays(to: Day, days: number): Day {
  return dayOf(Date.parse(to) + days * MILLISECONDS_A_DAY);
}

/** Lists every day of the period, in order. */
export function everyDay(period: Period): Day[] {
  return Array.from({ length: daysIn(period) }, (_, index) => addDays(period.start, index));
}

/** Renders days in order as ranges: `2026-04-01 to 2026-04-03`, `2026-04-10`. */
export function dayRanges(days: readonly Day[]): string[] {
  const ranges: { start: Day; end: Day }[] = [];
  for (const each of [...new Set(days)].toSorted()) {
    const last = ranges.at(-1);
    if (last !== undefined && addDays(last.end, 1) === each) last.end = each;
    else ranges.push({ start: each, end: each });
  }
  return ranges.map(({ start, end }) => (start === end ? start : `${start} to ${end}`));
}

function toDayText(instant: number): string {
  return Number.isNaN(instant) ? "" : new Date(instant).toISOString().slice(0, 10);
}
