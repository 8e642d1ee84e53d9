import { internalError } from "../errors.ts";
import { type Day, everyDay, isDay, type Period } from "../period.ts";
import { DEFINITION_VERSION } from "./counted-calls.ts";
import { digits } from "./row.ts";

/** The days of a report that are read from the rollup. */
export interface RolledDays extends Period {
  /** The lake that they were rolled up from: where its folders are, `s3://<bucket>/<prefix>`. */
  readonly lake: string;
}

/** A day that stands in the rollup, as its one mark says, which is committed together with the day's figures. */
export interface RolledDay {
  readonly level: "day";
  readonly day: Day;
  /** The lake and the listing of files that the day's figures are made of. */
  readonly source: string;
}

/** The columns that a result has beside the usage's where days are read from the rollup. */
export const ROLLED_COLUMNS = ["rolled_day", "marks"] as const;

/**
 * What the mark of a day says of where its figures come from: the lake, the version of the definition of a call, and a
 * digest of the day's files. With an empty digest it is the start of every mark of this lake and version.
 */
export function sourceOf(lake: string, digest: string): string {
  return `${lake} ${DEFINITION_VERSION} ${digest}`;
}

/** @throws TypeError for cells that are no mark: of a day that stands there more than once, among others */
export function rolledDay(day: string, marks: string | null | undefined, source: string | null | undefined) {
  if (!isDay(day) || digits(marks) !== "1" || typeof source !== "string")
    throw new TypeError("a day that is not marked once");
  return { level: "day", day, source } as const;
}

/**
 * The rows without the marks of days, once these are exactly the days asked of the rollup, of the lake asked for: a
 * rollup that was dropped, made anew or made of another lake does not pass for days without calls.
 *
 * @param rolled undefined where nothing was asked of the rollup
 * @throws ServiceError `internal_error`, after the last row, naming the first day that is amiss
 */
export async function* requireRolledDays<Row>(
  batches: AsyncIterable<readonly (Row | RolledDay)[]>,
  rolled: RolledDays | undefined,
): AsyncGenerator<Row[]> {
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
        throw internalError(`the rollup's ${row.day} is not of this lake, or was not asked for`);
    }
    yield rows;
  }
  const [first] = missing;
  if (first !== undefined) throw internalError(`the rollup lacks ${first}`);
}

function isRolledDay(row: unknown): row is RolledDay {
  return typeof row === "object" && row !== null && "level" in row && row.level === "day";
}
