import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { asyncBufferFromFile } from "hyparquet";
import type { Period } from "../../lib/period.ts";
import type { LakeTable } from "../../lib/usage/lake-files.ts";
import { type FileColumns, type FileProblem, type Reading, readFileColumns } from "../lake/file-columns.ts";
import { type LocalFile, listDay, listDays, listTable } from "../lake/files.ts";
import { askedDays } from "./asked-days.ts";
import { EngineError } from "./engine.ts";
import { columnsOf, LAKE_TABLES } from "./lake-tables.ts";
import { copyWithTextAsBytes } from "./text-as-bytes.ts";

/** The tables of a lake folder as DuckDB views. Each statement gets its own, over the files that it may read. */
export interface LakeViews {
  /**
   * Creates the views that a statement reads, for its connection only, over the current files.
   *
   * @returns the files, of `call_usage` only those of the days that the statement asks for
   * @throws EngineError that names files that do not match the catalog
   */
  create(connection: DuckDBConnection, statement: string): Promise<readonly LocalFile[]>;
  /**
   * Looks for the reason why a statement failed, by reading each of its files alone.
   *
   * @returns true if a file contains text that is not UTF-8; the statement can then be repeated
   * @throws EngineError that names files that cannot be read
   */
  inspect(connection: DuckDBConnection, files: readonly LocalFile[]): Promise<boolean>;
  close(): Promise<void>;
}

/** The most files that an error names. */
const NAMED = 5;

/** What is known about a version of a file. */
interface Known {
  readonly version: string;
  readonly columns: FileColumns;
  /** A copy that declares text as bytes, if the file's text is not UTF-8. */
  copy?: string;
  /** Why the file cannot be read, although its footer can. */
  failure?: string;
}

/** @param projection returns the days that exist, like the catalog's partition projection; called for each statement */
export function lakeViews(directory: string, projection: () => Period): LakeViews {
  const known = new Map<string, Known>();
  let copies: Promise<string> | undefined;

  async function knowledgeOf(file: LocalFile): Promise<Known> {
    const present = known.get(file.path);
    if (present?.version === file.version) return present;
    const columns = await readFileColumns(file.table, await asyncBufferFromFile(file.path));
    const read = { version: file.version, columns };
    known.set(file.path, read);
    return read;
  }

  /** @throws EngineError for files that cannot be read */
  async function readable(files: readonly LocalFile[]): Promise<Readable[]> {
    const found: Readable[] = [];
    const problems: string[] = [];
    for (const file of files) {
      const { columns, copy, failure } = await knowledgeOf(file);
      const [problem] = columns.problems;
      if (failure !== undefined) problems.push(`${file.key} ${failure}.`);
      else if (problem !== undefined) problems.push(sentenceOf(file, problem));
      else found.push({ file, readings: columns.readings, copy });
    }
    if (problems.length === 0) return found;
    const more = problems.length - NAMED;
    const rest = more > 0 ? ` ${more} more files cannot be read.` : "";
    // Like Athena, which puts its error name before the message.
    throw new EngineError(`HIVE_BAD_DATA: ${problems.slice(0, NAMED).join(" ")}${rest}`);
  }

  async function createView(connection: DuckDBConnection, table: LakeTable, files: readonly LocalFile[]) {
    const sources = selectsOf(table, await readable(files), join(directory, "call_usage", "dt="));
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${table} AS ${sources.join(" UNION ALL ")}`);
  }

  return {
    async create(connection, statement) {
      const all: LocalFile[] = [];
      for (const table of ["resellers", "organizations", "agents"] as const) {
        if (!mentions(statement, table)) continue;
        const files = await listTable(directory, table);
        await createView(connection, table, files);
        all.push(...files);
      }
      if (!mentions(statement, "call_usage")) return all;
      const days = await askedDays(connection, statement, await listDays(directory, projection()));
      const calls = (await Promise.all(days.map((day) => listDay(directory, day)))).flat();
      await createView(connection, "call_usage", calls);
      return [...all, ...calls];
    },

    async inspect(connection, files) {
      let isNew = false;
      for (const { file, readings, copy } of await readable(files)) {
        if (copy !== undefined) continue;
        const failure = await failureOf(connection, file, readings);
        if (failure === undefined) continue;
        const of = await knowledgeOf(file);
        if (/not valid UTF8|Invalid string encoding/i.test(failure)) {
          copies ??= mkdtemp(join(tmpdir(), "lake-text-"));
          of.copy = join(await copies, `${known.size}-${crypto.randomUUID()}.parquet`);
          await copyWithTextAsBytes(file.path, of.copy);
          isNew = true;
        } else of.failure = `cannot be read (${failure})`;
      }
      await readable(files);
      return isNew;
    },

    async close() {
      if (copies !== undefined) await rm(await copies, { recursive: true });
    },
  };
}

interface Readable {
  readonly file: LocalFile;
  readonly readings: ReadonlyMap<string, Reading>;
  readonly copy: string | undefined;
}

/** Describes the file, the column and the reason. */
function sentenceOf({ key }: LocalFile, { column, reason }: FileProblem): string {
  return column === undefined ? `${key} ${reason}.` : `${key}: column ${column} ${reason}.`;
}

function mentions(statement: string, table: LakeTable): boolean {
  return new RegExp(`\\b${table}\\b`).test(statement);
}

/** Selects all files that are read in the same way, so that DuckDB reads many files at once. */
function selectsOf(table: LakeTable, files: readonly Readable[], dayPrefix: string): string[] {
  const columns = columnsOf(table);
  const hasDays = "dt" in LAKE_TABLES[table].columns;
  if (files.length === 0) {
    const nulls = [...columns].map(([name, type]) => `CAST(NULL AS ${type}) AS "${name}"`);
    const none = hasDays ? [...nulls, "CAST(NULL AS varchar) AS dt"] : nulls;
    return [`SELECT ${none.join(", ")} WHERE FALSE`];
  }
  const alike = Map.groupBy(files, ({ readings, copy }) => JSON.stringify([copy, ...readings]));
  return [...alike.values()].map((group) => {
    const [{ file, readings, copy } = unreachable()] = group;
    const values = [...columns.keys()].map((name) => {
      const reading = readings.get(name);
      return `${expressionOf(reading, copy !== undefined)} AS "${name}"`;
    });
    const paths = copy === undefined ? group.map((each) => each.file.path) : [copy];
    // Uses only the path below the lake's folder, because a folder above it may also be named dt=…. DuckDB selects
    // files by it.
    const day = copy === undefined ? `substr(lake_file, ${lengthOf(dayPrefix) + 1}, 10)` : `'${file.day}'`;
    const selected = hasDays ? [...values, `${day} AS dt`] : values;
    return `SELECT ${selected.join(", ")} FROM ${sourceOf(paths)}`;
  });
}

function unreachable(): never {
  throw new RangeError("a group without files");
}

/** DuckDB counts characters, not the code units of JavaScript. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function sourceOf(paths: readonly string[]): string {
  const list = paths.map((path) => `'${escapeGlob(path).replaceAll("'", "''")}'`).join(", ");
  return `read_parquet([${list}], hive_partitioning = false, filename = 'lake_file')`;
}

/** Escapes the characters of a path that have a meaning in a glob. */
function escapeGlob(path: string): string {
  return path.split(sep).join("/").replace(/[*?[]/g, "[$&]");
}

function expressionOf(reading: Reading | undefined, isCopy: boolean): string {
  if (reading === undefined) throw new RangeError("a column without a reading");
  if (reading.how === "null") return `CAST(NULL AS ${reading.type})`;
  const name = `"${reading.name.replaceAll('"', '""')}"`;
  if (reading.how === "round") {
    // Rounds half a millisecond up, as Trino does (tried).
    return `date_trunc('milliseconds', CAST(${name} AS timestamp) + INTERVAL 500 MICROSECOND)`;
  }
  const isBytes = reading.how === "bytes as text" || (isCopy && reading.type === "varchar");
  return isBytes ? `${TEXT_OF_BYTES}(${name})` : `CAST(${name} AS ${reading.type})`;
}

/** DuckDB's function that decodes UTF-8 and replaces invalid bytes. */
export const TEXT_OF_BYTES = "text_of_bytes";

/** Returns DuckDB's reason why a file cannot be read to its end; undefined if it can. */
async function failureOf(
  connection: DuckDBConnection,
  { path }: LocalFile,
  readings: ReadonlyMap<string, Reading>,
): Promise<string | undefined> {
  const values = [...readings.values()].map((reading) => `max(${expressionOf(reading, false)})`);
  try {
    await connection.run(`SELECT ${values.join(", ")} FROM ${sourceOf([path])}`);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split("\n")[0]?.trim();
  }
}
