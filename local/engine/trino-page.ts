import * as z from "zod";
import { EngineError, type EngineResult } from "./engine.ts";

/** One answer of Trino's statement protocol. */
export interface TrinoPage {
  /** The address of the next page; undefined on the last page. */
  readonly nextUri: string | undefined;
  /** Undefined until the query has reached this stage. */
  readonly columns: EngineResult["columns"] | undefined;
  readonly rows: EngineResult["rows"];
  /** Trino's error name and message if the query has failed, in Athena's form. */
  readonly error: string | null;
  readonly physicalInputBytes: number;
  readonly cpuMilliseconds: number;
}

/** The types whose values Athena renders as Trino does. */
const PLAIN_TYPES = new Set([
  "boolean",
  "tinyint",
  "smallint",
  "integer",
  "bigint",
  "real",
  "double",
  "decimal",
  "varchar",
  "char",
  "date",
  "timestamp",
  "unknown",
]);

const pageSchema = z.object({
  nextUri: z.string().optional(),
  columns: z
    .array(z.object({ name: z.string(), typeSignature: z.object({ rawType: z.string() }) }))
    .optional(),
  data: z.array(z.array(z.unknown())).optional(),
  error: z.object({ errorName: z.string(), message: z.string() }).optional(),
  stats: z.object({
    physicalInputBytes: z.coerce.number().default(0),
    cpuTimeMillis: z.coerce.number().default(0),
  }),
});

/**
 * Reads one answer. Numbers keep Trino's digits: a bigint may exceed 2^53, and `1.0` stays `1.0`.
 *
 * @throws EngineError if a column has a type that Athena would render differently (array, varbinary …)
 */
export function parsePage(text: string): TrinoPage {
  const json: unknown = JSON.parse(text, keepDigits);
  const page = pageSchema.parse(json);
  const columns = page.columns?.map(({ name, typeSignature }) => ({ name, type: typeSignature.rawType }));
  for (const { name, type } of columns ?? []) {
    if (!PLAIN_TYPES.has(type)) {
      throw new EngineError(`Column ${name} is of type ${type}, which is not supported here`);
    }
  }
  return {
    nextUri: page.nextUri,
    columns,
    rows: page.data?.map((row) => row.map(toText)) ?? [],
    error: page.error === undefined ? null : `${page.error.errorName}: ${page.error.message}`,
    physicalInputBytes: page.stats.physicalInputBytes,
    cpuMilliseconds: page.stats.cpuTimeMillis,
  };
}

function toText(value: unknown): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  throw new EngineError("A value of the result is neither text, number nor boolean");
}

/** Reviver that keeps numbers as they are written (https://github.com/tc39/proposal-json-parse-with-source). */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}
