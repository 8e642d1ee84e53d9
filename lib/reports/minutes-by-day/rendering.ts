import { csvLine } from "../../csv.ts";
import { minutesText } from "../../minutes.ts";
import { periodJson } from "../period-json.ts";
import type { DayReport, DayUsage } from "./days.ts";

/** Renders the report as JSON in pieces, without whitespace. */
export function* daysJson({ days, period }: DayReport): Generator<string> {
  yield `{"data":[${days.map(entryJson).join(",")}],"period":${periodJson(period)}}`;
}

function entryJson({ date, seconds, calls }: DayUsage): string {
  return `{"date":"${date}","total_voice_minutes":${minutesText(seconds)},"call_count":${calls}}`;
}

/** Renders the report as CSV in pieces: the members of an entry, and its exact seconds. */
export function* daysCsv({ days }: DayReport): Generator<string> {
  yield csvLine(["date", "total_voice_minutes", "call_count", "voice_seconds"]);
  for (const { date, seconds, calls } of days) {
    yield csvLine([date, minutesText(seconds), String(calls), String(seconds)]);
  }
}
