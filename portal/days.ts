import type { Seconds } from "../lib/minutes.ts";
import { isDay } from "../lib/period.ts";
import { amount, list, record, text, UnexpectedAnswer, whole } from "./parse.ts";
import { secondsOf } from "./report.ts";

/** The usage of one UTC day. */
export interface Day {
  /** `YYYY-MM-DD` */
  readonly date: string;
  readonly seconds: Seconds;
  readonly calls: number;
}

/** Reads the report by day. @throws UnexpectedAnswer for anything else, or if a day of the range is missing */
export function parseDays(json: unknown, start: string, end: string): Day[] {
  const days = list(record(json)["data"], (item) => {
    const { date, total_voice_minutes, call_count } = record(item);
    const day = text(date);
    if (!isDay(day)) throw new UnexpectedAnswer("expected a day");
    return { date: day, seconds: secondsOf(amount(total_voice_minutes)), calls: whole(call_count) };
  });
  const length = Math.round((Date.parse(end) - Date.parse(start)) / MILLISECONDS_A_DAY) + 1;
  const isWhole = days.length === length && days.every(({ date }, index) => date === dayAfter(start, index));
  if (!isWhole) throw new UnexpectedAnswer("expected every day of the range");
  return days;
}

const MILLISECONDS_A_DAY = 86_400_000;

function dayAfter(start: string, by: number): string {
  return new Date(Date.parse(start) + by * MILLISECONDS_A_DAY).toISOString().slice(0, 10);
}
