import * as z from "zod/mini";

/** What the published contract says about a report. */
export interface ReportDocumentation {
  /** `MinutesByOrganization`: its operations are `get…` and `post…`. */
  readonly operation: string;
  readonly summary: string;
  readonly description: string;
  /** The content of a 200, in words and as a schema. */
  readonly answer: string;
  readonly schema: z.core.$ZodType;
  /** The name of the body's schema. */
  readonly body: string;
  /** Descriptions of parameters that no other report has. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A request to the sample lake. Its answer becomes the example. */
  readonly example: {
    readonly summary: string;
    readonly request: Readonly<Record<string, string | readonly string[]>>;
  };
}

/** Copies a schema and adds descriptions for the published contract. */
export function described<Schema extends z.core.$ZodType>(schema: Schema, meta: z.core.GlobalMeta): Schema {
  const copy = z.clone(schema);
  z.globalRegistry.add(copy, meta);
  return copy;
}

/** A lower-case UUID, as answers contain it. */
export const uuid = () => z.guid();
/** Without a format, generators make a `number` a 32-bit float, which loses seconds above 2^17 minutes. */
export const minutes = () => described(z.number().check(z.minimum(0)), { override: { format: "double" } });
export const count = () => described(z.int().check(z.minimum(0)), { override: { format: "int64" } });
export const calendarDay = () => described(z.string(), { override: { format: "date" } });

/** The range of an answer. All reports share one schema, because it is a component of the document. */
let period: z.core.$ZodType | undefined;
export function periodSchema(): z.core.$ZodType {
  period ??= described(z.object({ start_date: calendarDay(), end_date: calendarDay() }), {
    id: "Period",
    description: "The range of UTC days, both inclusive.",
  });
  return period;
}
