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

/** How many days the period holds; 1 where start and end are the same day. */
export function daysIn({ start, end }: Period): number {
  return (Date.parse(end) - Date.parse(start)) / MILLISECONDS_A_DAY + 1;
}

function toDayText(instant: number): string {
  return Number.isNaN(instant) ? "" : new Date(instant).toISOString().slice(0, 10);
}
