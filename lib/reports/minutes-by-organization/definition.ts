import * as z from "zod/mini";
import { PARAMETERS } from "../../request/report-request.ts";
import { usageQuery } from "../../usage/query.ts";
import { defineReport } from "../report.ts";
import { reportCsv } from "./csv.ts";
import { documentation } from "./documentation.ts";
import { reportJson } from "./json.ts";
import { emptyReport, foldReport, resellersOf } from "./organizations.ts";

const { start_date, end_date, organization_ids, reseller_ids } = PARAMETERS;

export const minutesByOrganization = defineReport({
  name: "minutes-by-organization",
  parameters: z.strictObject({ start_date, end_date, organization_ids, reseller_ids }),
  query: ({ request, ...selection }) =>
    usageQuery({ ...selection, organizationIds: request.organization_ids }),
  fold: foldReport,
  empty: emptyReport,
  json: (report) => reportJson(report),
  csv: reportCsv,
  resellers: resellersOf,
  advice: "split it with reseller_ids or organization_ids",
  documentation,
});
