import * as z from "zod/mini";
import {
  calendarDay,
  count,
  described,
  minutes,
  periodSchema,
  type ReportDocumentation,
} from "../documentation.ts";

export function documentation(): ReportDocumentation {
  const entry = described(
    z.object({
      date: described(calendarDay(), { description: "The UTC day on which the calls started." }),
      total_voice_minutes: described(minutes(), {
        description:
          "Seconds / 60, rounded to 2 decimals. `Math.round(total_voice_minutes * 60)` are its exact seconds.",
      }),
      call_count: described(count(), {
        description: "The number of calls of the day, including calls of 0 seconds.",
      }),
    }),
    { id: "DayMinutes" },
  );
  return {
    operation: "MinutesByDay",
    summary: "Minutes and calls by day",
    description:
      "Voice minutes and calls of each UTC day of a range. In seconds the days add up to the total of the minutes by organization for the same request.",
    answer:
      "Every day of the range, also days without calls. A caller without resellers gets 0 for all days.",
    schema: described(
      z.object({
        data: described(z.array(entry), {
          description: "Every day of the range in ascending order, also days without calls.",
        }),
        period: periodSchema(),
      }),
      { id: "MinutesByDay" },
    ),
    body: "MinutesByDayRequest",
    example: {
      summary: "A week of April 2026",
      request: { start_date: "2026-04-13", end_date: "2026-04-19" },
    },
  };
}
