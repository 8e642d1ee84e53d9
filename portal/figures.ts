/** Figures and days as the reader reads them: numbers in the reader's own locale, days in the page's language. */
import { minutesText, type Seconds } from "../lib/minutes.ts";
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

/** Minutes with two decimals, from exact seconds: the hundredths are made of whole numbers, as the API makes them. */
export function minutes(seconds: Seconds): string {
  return MINUTES.format(Number(minutesText(seconds)));
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

/** @param part 0 to 1 */
export function share(part: number): string {
  return part > 0 && part < 0.0005 ? `< ${SHARE.format(0.001)}` : SHARE.format(part);
}

/** @param rate 1 for twice as much; from ten times on, without decimals */
export function growthText(rate: number): string {
  return (Math.abs(rate) < 10 ? GROWTH : GROWTH_WHOLE).format(rate);
}

/** `April 2026`; `3 to 9 April 2026`; `28 March to 3 April 2026`. Text that is no day stays as it is. */
export function daysText(days: Days): string {
  const { start, end } = boundsOf(days);
  if (days.kind === "month") return MONTH.format(new Date(start));
  const [from, to] = [new Date(start), new Date(end)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return `${start} to ${end}`;
  if (start === end) return DAY.format(from);
  const last = DAY.format(to);
  if (start.slice(0, 7) === end.slice(0, 7)) return `${from.getUTCDate()} to ${last}`;
  const first = DAY.format(from);
  return `${start.slice(0, 4) === end.slice(0, 4) ? first.replace(/ \d+$/, "") : first} to ${last}`;
}

/** @param instant such as `2026-05-04T06:00:00Z` */
export function instantText(instant: string): string {
  return `${INSTANT.format(new Date(instant))} UTC`;
}

/** The reader's own clock. */
export function clockText(at: Date): string {
  return CLOCK.format(at);
}

/** `2.3 s` */
export function tookText(milliseconds: number): string {
  return `${new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(milliseconds / 1_000)} s`;
}
