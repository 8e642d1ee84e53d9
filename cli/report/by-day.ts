import * as z from "zod";
import { addSeconds, toSeconds } from "../../lib/minutes.ts";
import { everyDay } from "../../lib/period.ts";
import type { DayReport } from "../../lib/reports/minutes-by-day/days.ts";
import type { Column } from "./columns.ts";
import { type Asked, day, isExact, minutes, readAnswer, wrong } from "./read-report.ts";
import { grouped, minutesShown, shareShown, type TableOptions, tableText, titleOf } from "./table.ts";

const entry = z
  .object({ date: day, total_voice_minutes: minutes, call_count: z.int().min(0) })
  .transform(({ date, total_voice_minutes, call_count }) => ({
    date,
    seconds: total_voice_minutes,
    calls: call_count,
  }));

const report = z
  .object({ data: z.array(entry), period: z.object({ start_date: day, end_date: day }) })
  .refine(({ data }) => isExact(data), wrong("the total is too large to be exact"))
  .transform(
    ({ data, period }): DayReport => ({
      days: data,
      period: { start: period.start_date, end: period.end_date },
    }),
  )
  .refine(
    ({ days, period }) => days.map(({ date }) => date).join() === everyDay(period).join(),
    wrong("the days are not those of the period"),
  );

/** Reads the minutes by day. @throws ReportFailure that says what is wrong */
export function readDays(json: string, asked: Asked): DayReport {
  return readAnswer(report, json, asked);
}

/** Renders the report as a table, with a line end after its last line. */
export function daysTable({ days, period }: DayReport, { width }: TableOptions): string {
  const seconds = days.reduce((sum, each) => addSeconds(sum, each.seconds), toSeconds(0));
  const calls = days.reduce((sum, each) => sum + each.calls, 0);
  const columns: Column[] = [
    { title: "day", align: "left", cells: [...days.map(({ date }) => date), "Total"] },
    {
      title: "calls",
      align: "right",
      cells: [...days.map((each) => grouped(String(each.calls))), grouped(String(calls))],
    },
    {
      title: "minutes",
      align: "right",
      cells: [...days.map((each) => minutesShown(each.seconds)), minutesShown(seconds)],
    },
    {
      title: "share",
      align: "right",
      cells: [...days.map((each) => shareShown(each.seconds, seconds)), shareShown(seconds, seconds)],
    },
  ];
  return tableText([titleOf("Voice minutes by day", period)], columns, width);
}
