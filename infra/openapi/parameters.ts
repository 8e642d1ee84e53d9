import * as z from "zod";
import { monthParameters } from "../../lib/billing/snapshot-request.ts";
import { described } from "../../lib/reports/documentation.ts";
import type { Report } from "../../lib/reports/report.ts";
import { isList, MAX_IDS } from "../../lib/request/report-request.ts";

/** What is said of each parameter, in a query string and in a body. */
const SAID: Readonly<Record<string, z.core.GlobalMeta & { readonly description: string }>> = {
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
const LIST = " Write `x=a,b`, or repeat it as `x=a&x=b` or `x[]=a&x[]=b`; mixed forms are united.";
const OPTIONAL = " Leave it out for all: an empty list is an error.";

/** A report's query parameters. Each is the schema that the request is checked with. */
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

/** The same as a JSON body. */
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
  if (said === undefined) throw new TypeError(`nothing is said of the parameter ${name}`);
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

/** What may be sent with a request for closed months. */
export const tagHeader = z.object({
  "if-none-match": z.string().optional().meta({
    description:
      "The `etag` of an answer that the caller still has: a 304, without a body, where it is still the answer.",
  }),
});

const { organization_ids, reseller_ids } = monthParameters.shape;

/** The query parameters of a closed month and of its adjustments. */
export const monthQuery = z.object({
  revision: described(monthParameters.shape.revision, {
    description: "An older revision; the newest when left out.",
    // On the wire a text of digits; to a client, the number that they write.
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: 9_999 });
    },
  }),
  organization_ids: listParameter(organization_ids, metaOf("organization_ids", {}).description),
  reseller_ids: listParameter(reseller_ids, metaOf("reseller_ids", {}).description),
});
