import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetSchema } from "hyparquet";
import type { LakeTable } from "../../lib/usage/lake-files.ts";
import { type ColumnType, columnsOf } from "../engine/lake-tables.ts";

/** How a column of one file is read as its type in the catalog. */
export type Reading =
  /** Text, numbers, and timestamps in milliseconds, unchanged. */
  | { readonly how: "as it is"; readonly name: string; readonly type: ColumnType }
  /** Bytes without the annotation that they are text. */
  | { readonly how: "bytes as text"; readonly name: string }
  /** Timestamps of a finer unit, rounded to milliseconds. */
  | { readonly how: "round"; readonly name: string }
  /** The column is missing in the file, or contains only nulls. */
  | { readonly how: "null"; readonly type: ColumnType };

/** A violation of the contract, because of which a file cannot be read as the catalog says. */
export interface FileProblem {
  /** Undefined if the whole file is meant. */
  readonly column: string | undefined;
  /** A sentence without its full stop: `is INT64 without an annotation; expected timestamp`. */
  readonly reason: string;
}

/** The content of a file's footer. */
export interface FileColumns {
  readonly rows: number;
  /** Each column of the catalog's table; the partition column is not among them. */
  readonly readings: ReadonlyMap<string, Reading>;
  /** Columns of the catalog's table that are missing in the file; they are read as null. */
  readonly missing: readonly string[];
  /** Columns of the file that are not in the catalog's table; nothing reads them. */
  readonly unknown: readonly string[];
  readonly problems: readonly FileProblem[];
}

const FOOTER_BYTES = 64 * 1024;

/** The codecs that DuckDB, Trino 476 and Athena all read (each tried on DuckDB and Trino, which refuses the others). */
const CODECS = new Set(["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"]);

/**
 * Reads a Parquet file's footer and compares it with the table in the catalog. It accepts the types that Trino 476
 * accepts (each tried), except those that Trino silently misreads: UUIDs as 16 raw bytes, instants as numbers, and
 * unsigned numbers that become negative.
 *
 * @returns problems for what cannot be read; never throws for a file's content
 */
export async function readFileColumns(table: LakeTable, file: AsyncBuffer): Promise<FileColumns> {
  try {
    if (file.byteLength < 12) throw new Error("it is too short");
    return compare(
      table,
      await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES, geoparquet: false }),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = `is not a Parquet file (${message.includes("PAR1") ? "it does not end in PAR1" : message})`;
    return {
      rows: 0,
      readings: new Map(),
      missing: [],
      unknown: [],
      problems: [{ column: undefined, reason }],
    };
  }
}

interface Found {
  readonly name: string;
  readonly element: FileMetaData["schema"][number];
  readonly chunks: readonly Chunk[];
}

type Chunk = NonNullable<FileMetaData["row_groups"][number]["columns"][number]["meta_data"]>;

function compare(table: LakeTable, metadata: FileMetaData): FileColumns {
  const found = parquetSchema(metadata).children.map(({ element }) => ({
    name: element.name,
    element,
    chunks: chunksOf(metadata, element.name),
  }));
  const expected = columnsOf(table);
  const readings = new Map<string, Reading>();
  const missing: string[] = [];
  const problems: FileProblem[] = [];
  for (const [column, type] of expected) {
    // Trino and Athena compare names without regard to case.
    const those = found.filter(({ name }) => name.toLowerCase() === column);
    const [only] = those;
    if (only === undefined) {
      missing.push(column);
      readings.set(column, { how: "null", type });
    } else if (those.length > 1) {
      problems.push({ column, reason: `is in the file ${those.length} times` });
    } else {
      const reading = encodingProblem(only) ?? readingOf(only, type);
      if (typeof reading === "string") problems.push({ column, reason: reading });
      else readings.set(column, reading);
    }
  }
  const unknown = found.flatMap(({ name }) => (expected.has(name.toLowerCase()) ? [] : [name]));
  return { rows: Number(metadata.num_rows), readings, missing, unknown, problems };
}

function chunksOf({ row_groups }: FileMetaData, name: string): Chunk[] {
  return row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) => (meta_data?.path_in_schema[0] === name ? [meta_data] : [])),
  );
}

function encodingProblem({ chunks }: Found): string | undefined {
  const codec = chunks.map((chunk) => chunk.codec).find((name) => !CODECS.has(name));
  if (codec !== undefined) return `is compressed with ${codec}; use SNAPPY, GZIP or ZSTD`;
  if (chunks.some(({ encodings }) => encodings.includes("BYTE_STREAM_SPLIT"))) {
    return "is encoded as BYTE_STREAM_SPLIT; use PLAIN or a dictionary";
  }
  return undefined;
}

/** @returns the reading, or the reason why there is none */
function readingOf(found: Found, type: ColumnType): Reading | string {
  const { element } = found;
  if (element.type === undefined) return `is nested; expected ${type}`;
  const reading = readers[type](found);
  return reading ?? `is ${describeType(element)}; expected ${type}`;
}

const readers: Readonly<Record<ColumnType, (found: Found) => Reading | undefined>> = {
  varchar: ({ name, element, chunks }) => {
    const mark = annotationOf(element);
    if (element.type === "BYTE_ARRAY" && ["STRING", "ENUM", "JSON"].includes(mark ?? "")) {
      return { how: "as it is", name, type: "varchar" };
    }
    const isBytes = element.type === "BYTE_ARRAY" || element.type === "FIXED_LEN_BYTE_ARRAY";
    if (isBytes && mark === undefined) return { how: "bytes as text", name };
    // A writer that has seen no value does not know the type: it writes a column of nulls as a number.
    const isNumber = element.type === "INT32" || element.type === "INT64";
    const hasNothing = mark === "NULL" || hasOnlyNulls(chunks);
    return isNumber && hasNothing ? { how: "null", type: "varchar" } : undefined;
  },
  bigint: ({ name, element }) => {
    const asItIs = { how: "as it is", name, type: "bigint" } as const;
    const mark = annotationOf(element);
    if (mark === "DECIMAL" && (element.scale ?? 0) === 0) return asItIs;
    if (element.type !== "INT32" && element.type !== "INT64") return undefined;
    return mark === undefined || mark === "INTEGER" || mark === "NULL" ? asItIs : undefined;
  },
  timestamp: ({ name, element }) => {
    if (element.type === "INT96") return { how: "round", name };
    if (element.type !== "INT64" || annotationOf(element) !== "TIMESTAMP") return undefined;
    return isInMilliseconds(element) ? { how: "as it is", name, type: "timestamp" } : { how: "round", name };
  },
};

type Element = Found["element"];

/** The meaning of the values, by the newer annotation or the older one; undefined for plain values. */
function annotationOf({ logical_type, converted_type }: Element): string | undefined {
  if (logical_type?.type === "INTEGER") return isSafeInteger(logical_type) ? "INTEGER" : "UNSIGNED";
  if (logical_type !== undefined) return logical_type.type;
  if (converted_type === undefined) return undefined;
  if (converted_type === "UTF8") return "STRING";
  if (converted_type === "UINT_32" || converted_type === "UINT_64") return "UNSIGNED";
  if (/^U?INT_/.test(converted_type)) return "INTEGER";
  return converted_type.startsWith("TIMESTAMP_") ? "TIMESTAMP" : converted_type;
}

/** Trino reads unsigned numbers of 32 and 64 bits as signed ones, so that large values become negative (tried). */
function isSafeInteger({ isSigned, bitWidth }: { readonly isSigned: boolean; readonly bitWidth: number }) {
  return isSigned || bitWidth < 32;
}

function isInMilliseconds({ logical_type, converted_type }: Element): boolean {
  if (logical_type?.type === "TIMESTAMP") return logical_type.unit === "MILLIS";
  return converted_type === "TIMESTAMP_MILLIS";
}

function hasOnlyNulls(chunks: readonly Chunk[]): boolean {
  return chunks.every(({ num_values, statistics }) => statistics?.null_count === num_values);
}

/** The same text for either kind of annotation. */
function describeType(element: Element): string {
  const mark = annotationOf(element);
  if (mark === undefined) return `${element.type} without an annotation`;
  return mark === "DECIMAL"
    ? `${element.type} (DECIMAL with ${element.scale} decimals)`
    : `${element.type} (${mark})`;
}
