/** Figures and days as the reader reads them: numbers in the reader's own locale, days in the page's language. */
import { minutesText, type Seconds, toSeconds } from "../lib/minutes.ts";
import { boundsOf, type Days } from "./view.ts";

const MINUTES = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const DELTA = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const COUNT = new Intl.NumberFormat();
const SECONDS_DELTA = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero" });
const SHARE = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const GROWTH = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
const GROWTH_WHOLE = new Intl.NumberFormat(undefined, {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});
const DAY_OF_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const INSTANT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Minutes with two decimals, from exact seconds, rounded as the API rounds them. */
export function minutes(seconds: Seconds): string {
  return MINUTES.format(Number(minutesText(seconds)));
}

/** Minutes of either sign with two decimals, rounded once from exact seconds. @param seconds whole */
export function signedMinutes(seconds: number): string {
  const exact = Number(minutesText(toSeconds(Math.abs(seconds))));
  return MINUTES.format(seconds < 0 ? -exact : exact);
}

/** Whole minutes, for the scale of a chart. */
export function scaleText(seconds: number): string {
  return COUNT.format(Math.round(seconds / 60));
}

/** A difference in minutes, with its sign. @param seconds whole, of either sign */
export function minutesDelta(seconds: number): string {
  return DELTA.format(seconds / 60);
}

/** A difference in seconds, with its sign. */
export function secondsDelta(seconds: number): string {
  return SECONDS_DELTA.format(seconds);
}

export function count(number: number): string {
  return COUNT.format(number);
}

/** `1 agent`, `2 agents`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${COUNT.format(number)} ${number === 1 ? one : many}`;
}

/** A share in percent. A nonzero share is never shown as 0%, nor a partial one as 100%. @param part 0 to 1 */
export function share(part: number): string {
  if (part > 0 && part < HALF_A_TENTH) return `< ${SHARE.format(0.001)}`;
  if (part < 1 && part >= 1 - HALF_A_TENTH) return `> ${SHARE.format(0.999)}`;
  return SHARE.format(part);
}

/** Half of the smallest step that a percentage with one decimal shows. */
const HALF_A_TENTH = 0.0005;

/** Whether a growth is too small for its text to show a direction. @param rate 1 for twice as much */
export function isSteady(rate: number): boolean {
  return Math.abs(rate) < HALF_A_TENTH;
}

/** A growth in percent, without decimals from ten times on. @param rate 1 for twice as much */
export function growthText(rate: number): string {
  if (isSteady(rate)) return GROWTH.format(0);
  return (Math.abs(rate) < 10 ? GROWTH : GROWTH_WHOLE).format(rate);
}

/** `April 2026`; `3 to 9 April 2026`; `28 March to 3 April 2026`. Text that is not a day stays as it is. */
export function daysText(days: Days): string {
  const { start, end } = boundsOf(days);
  if (days.kind === "month") return MONTH.format(new Date(start));
  const [from, to] = [new Date(start), new Date(end)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return `${start} to ${end}`;
  if (start === end) return DAY.format(from);
  const last = DAY.format(to);
  if (start.slice(0, 7) === end.slice(0, 7)) return `${from.getUTCDate()} to ${last}`;
  const first = (start.slice(0, 4) === end.slice(0, 4) ? DAY_OF_YEAR : DAY).format(from);
  return `${first} to ${last}`;
}

/** `3 April 2026` @param day `YYYY-MM-DD` */
export function dayText(day: string): string {
  return DAY.format(new Date(day));
}

/** `3 April` @param day `YYYY-MM-DD` */
export function shortDayText(day: string): string {
  return DAY_OF_YEAR.format(new Date(day));
}

/** @param instant such as `2026-05-04T06:00:00Z` */
export function instantText(instant: string): string {
  return instantOf(new Date(instant));
}

/** `3 May 2026 at 06:00 UTC` */
export function instantOf(at: Date): string {
  return `${INSTANT.format(at)} UTC`;
}

/** The reader's own clock. */
export function clockText(at: Date): string {
  return CLOCK.format(at);
}

/** `2.3 s` */
export function tookText(milliseconds: number): string {
  return `${new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(milliseconds / 1_000)} s`;
}
