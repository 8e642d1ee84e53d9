import { internalError } from "../errors.ts";
import { type Day, everyDay, isDay, type Period } from "../period.ts";
import { DEFINITION_VERSION } from "./counted-calls.ts";
import { digits } from "./row.ts";

/** The days of a report that are read from the rollup. */
export interface RolledDays extends Period {
  /** The lake that they were rolled up from: the location of its folders, `s3://<bucket>/<prefix>`. */
  readonly lake: string;
}

/** A rolled-up day, as its one mark describes it. The mark is committed together with the day's figures. */
export interface RolledDay {
  readonly level: "day";
  readonly day: Day;
  /** The lake and the listing of files from which the day's figures were made. */
  readonly source: string;
}

const proof: unique symbol = Symbol("read together with the figures of one result");

/**
 * The marks of a result's days, in the order of the days. `requireRolledDays` alone makes them, from the rows of one
 * result. The marks come from the same reading of the table as the figures, so they say of what the figures are made.
 */
export interface ResultMarks extends Period {
  readonly [proof]: true;
  readonly sources: readonly string[];
}

/** The columns that a result has in addition to the usage if days are read from the rollup. */
export const ROLLED_COLUMNS = ["rolled_day", "marks"] as const;

/**
 * Renders the source of a day's figures for its mark: the lake, the version of the definition of a call, and a digest
 * of the day's files. With an empty digest it is the prefix of every mark of this lake and version. In the table an id of
 * the merge follows it.
 */
export function sourceOf(lake: string, digest: string): string {
  return `${lake} ${DEFINITION_VERSION} ${digest}`;
}

/** @throws TypeError for cells that are not a mark, for example of a day with more than one mark */
export function rolledDay(day: string, marks: string | null | undefined, source: string | null | undefined) {
  if (!isDay(day) || digits(marks) !== "1" || typeof source !== "string")
    throw new TypeError("a day that does not have exactly one mark");
  return { level: "day", day, source } as const;
}

/**
 * Yields the rows without the marks of days. Checks that the marks are exactly those of the requested days and lake,
 * so that a dropped or replaced rollup never looks like days without calls.
 *
 * @param rolled undefined if no days were requested from the rollup
 * @param marked receives the marks after the last row, if days were requested and all of them are there
 * @throws ServiceError `internal_error`, after the last row, naming the first wrong day
 */
export async function* requireRolledDays<Row>(
  batches: AsyncIterable<readonly (Row | RolledDay)[]>,
  rolled: RolledDays | undefined,
  marked: (marks: ResultMarks) => void = () => undefined,
): AsyncGenerator<Row[]> {
  const sources = new Map<Day, string>();
  const missing = new Set(rolled === undefined ? [] : everyDay(rolled));
  for await (const batch of batches) {
    const rows: Row[] = [];
    for (const row of batch) {
      if (!isRolledDay(row)) rows.push(row);
      else if (
        !missing.delete(row.day) ||
        rolled === undefined ||
        !row.source.startsWith(sourceOf(rolled.lake, ""))
      )
        throw internalError(`the rollup's ${row.day} belongs to another lake, or was not requested`);
      else sources.set(row.day, row.source);
    }
    yield rows;
  }
  const [first] = missing;
  if (first !== undefined) throw internalError(`the rollup is missing ${first}`);
  if (rolled === undefined) return;
  const { start, end } = rolled;
  marked({ [proof]: true, start, end, sources: everyDay(rolled).map((day) => sources.get(day) ?? "") });
}

function isRolledDay(row: unknown): row is RolledDay {
  return typeof row === "object" && row !== null && "level" in row && row.level === "day";
}
