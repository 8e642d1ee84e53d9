import * as z from "zod";
import { monthParameters } from "../lib/billing/snapshot-request.ts";
import { described } from "../lib/reports/documentation.ts";
import type { Report } from "../lib/reports/report.ts";
import { isList, MAX_IDS } from "../lib/request/report-request.ts";

/** The description of each parameter, for a query string and a body. */
const SAID: Readonly<Record<string, z.core.GlobalMeta & { readonly description: string }>> = {
  start_date: { description: "First UTC day of the range, inclusive.", override: { format: "date" } },
  end_date: {
    description: "Last UTC day of the range, **inclusive**; at most 366 days from the first to the last.",
    override: { format: "date" },
  },
  organization_ids: {
    description: `Only these organizations: UUIDs of any version, in either case, at most ${MAX_IDS} different ones. An id that does not belong to the caller is treated like one that does not exist.`,
  },
  reseller_ids: {
    description: `Only these of the caller's resellers; the same rules. With both filters, both apply.`,
  },
};

/** How to write a list in a query string. */
const LIST = " Write `x=a,b`, or repeat it as `x=a&x=b` or `x[]=a&x[]=b`; mixed forms are united.";
const OPTIONAL = " Omit it for all: an empty list is an error.";

/** Describes a report's query parameters, with the schemas that validate the request. */
export function reportQuery({ parameters, documentation }: Report): z.ZodObject {
  const own = documentation().parameters ?? {};
  return z.object(
    mapped(parameters.shape, (name, schema) => {
      const meta = metaOf(name, own);
      if (!isList(name)) return described(schema, meta);
      return listParameter(schema, meta.description);
    }),
  );
}

function listParameter(schema: z.core.$ZodType, said: string): z.core.$ZodType {
  const description = said + LIST + (schema instanceof z.core.$ZodOptional ? OPTIONAL : "");
  return described(schema, { param: { description, style: "form", explode: false } });
}

/** Describes the same parameters as a JSON body. */
export function reportBody({ parameters, documentation }: Report): z.ZodObject {
  const { body, parameters: own = {} } = documentation();
  return z
    .strictObject(mapped(parameters.shape, (name, schema) => described(schema, metaOf(name, own))))
    .meta({ id: body });
}

function metaOf(name: string, own: Readonly<Record<string, string>>) {
  const description = own[name];
  const said = SAID[name];
  if (description !== undefined) return { ...said, description };
  if (said === undefined) throw new TypeError(`the parameter ${name} has no description`);
  return said;
}

function mapped(
  shape: Report["parameters"]["shape"],
  map: (name: string, schema: z.core.$ZodType) => z.core.$ZodType,
): z.core.$ZodShape {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, map(name, schema)]));
}

/** The closed month in the path. */
export const monthPath = z.object({
  period: z
    .string()
    .regex(/^[0-9]{4}-(0[1-9]|1[0-2])$/)
    .meta({ description: "The calendar month (UTC), `YYYY-MM`." }),
});

/** The request headers for closed months. */
export const tagHeader = z.object({
  "if-none-match": z.string().optional().meta({
    description:
      "The `etag` of an answer that the caller already has. If it is still the current answer, the response is a 304 without a body.",
  }),
});

const { organization_ids, reseller_ids } = monthParameters.shape;

/** The query parameters of a closed month and of its adjustments. */
export const monthQuery = z.object({
  revision: described(monthParameters.shape.revision, {
    description: "An older revision. Omit it for the newest.",
    // A text of digits in the URL; a number for clients.
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: 9_999 });
    },
  }),
  organization_ids: listParameter(organization_ids, metaOf("organization_ids", {}).description),
  reseller_ids: listParameter(reseller_ids, metaOf("reseller_ids", {}).description),
});
