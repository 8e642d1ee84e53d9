import * as z from "zod";
import { monthParameters } from "../../lib/billing/snapshot-request.ts";
import { MAX_IDS, requestSchema } from "../../lib/request/report-request.ts";

const { start_date, end_date, organization_ids, reseller_ids } = requestSchema.shape;

/** What is said of each member of a request, in a query string and in a body. */
const SAID = {
  start_date: { description: "First UTC day of the range, inclusive.", override: { format: "date" } },
  end_date: {
    description: "Last UTC day of the range, **inclusive**; at most 366 days from the first to the last.",
    override: { format: "date" },
  },
  organization_ids: {
    description: `Only these organizations: UUIDs of any version, in either case, at most ${MAX_IDS} different ones. An id that is not among the caller's counts as one that does not exist.`,
  },
  reseller_ids: {
    description: `Only these of the caller's resellers; the same rules. With both filters, both apply.`,
  },
};

/** How a list is written in a query string. */
const LIST =
  " Write `x=a,b`, or repeat it as `x=a&x=b` or `x[]=a&x[]=b`; mixed forms are united. Leave it out for all: an empty list is an error.";

const list = (name: "organization_ids" | "reseller_ids", schema: z.core.$ZodType) =>
  said(schema, { param: { description: SAID[name].description + LIST, style: "form", explode: false } });

/** The report's query parameters. Each is the schema that the request is checked with. */
export const reportQuery = z.object({
  start_date: said(start_date, SAID.start_date),
  end_date: said(end_date, SAID.end_date),
  organization_ids: list("organization_ids", organization_ids),
  reseller_ids: list("reseller_ids", reseller_ids),
});

/** The same as a JSON body. */
export const reportBody = z
  .strictObject({
    start_date: said(start_date, SAID.start_date),
    end_date: said(end_date, SAID.end_date),
    organization_ids: said(organization_ids, SAID.organization_ids),
    reseller_ids: said(reseller_ids, SAID.reseller_ids),
  })
  .meta({ id: "ReportRequest" });

/** The closed month in the path. */
export const monthPath = z.object({
  period: z
    .string()
    .regex(/^[0-9]{4}-(0[1-9]|1[0-2])$/)
    .meta({ description: "The calendar month (UTC), `YYYY-MM`." }),
});

/** What may be sent with a request for closed months. */
export const tagHeader = z.object({
  "if-none-match": z.string().optional().meta({
    description:
      "The `etag` of an answer that the caller still has: a 304, without a body, where it is still the answer.",
  }),
});

/** The query parameters of a closed month. */
export const monthQuery = z.object({
  revision: said(monthParameters.shape.revision, {
    description: "An older revision; the newest when left out.",
    // On the wire a text of digits; to a client, the number that they write.
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: 9_999 });
    },
  }),
});

/** A copy of the schema with metadata of its own: one schema may be several parameters'. */
function said<Schema extends z.core.$ZodType>(schema: Schema, meta: z.core.GlobalMeta): Schema {
  const copy = z.core.clone(schema);
  z.globalRegistry.add(copy, meta);
  return copy;
}
