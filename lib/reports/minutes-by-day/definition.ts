import * as z from "zod/mini";
import { PARAMETERS } from "../../request/report-request.ts";
import { defineReport } from "../report.ts";
import { emptyDays, foldDays } from "./days.ts";
import { documentation } from "./documentation.ts";
import { dayQuery } from "./query.ts";
import { daysCsv, daysJson } from "./rendering.ts";

const { start_date, end_date, organization_ids, reseller_ids } = PARAMETERS;

export const minutesByDay = defineReport({
  name: "minutes-by-day",
  parameters: z.strictObject({ start_date, end_date, organization_ids, reseller_ids }),
  query: ({ request, ...selection }) => dayQuery({ ...selection, organizationIds: request.organization_ids }),
  fold: foldDays,
  empty: emptyDays,
  json: daysJson,
  csv: daysCsv,
  resellers: () => [],
  advice: "ask for fewer days",
  documentation,
});
