import { ServiceError } from "../errors.ts";
import type { Querier, Query, RunOptions } from "../query.ts";
import {
  type ResultMarks,
  type RolledDay,
  type RolledDays,
  requireRolledDays,
} from "../usage/rolled-days.ts";

/** Receives the reason if the rollup was not used. */
export type FellBack = (error: ServiceError) => void;

/** What the rows are folded into. */
export interface FoldedRows<Data> {
  readonly data: Data;
  /** The marks of the days that were read from the rollup; undefined if every day was read from its calls. */
  readonly marks: ResultMarks | undefined;
}

/**
 * Runs a report's query and folds its rows: rolled-up days from the rollup, the others from their calls.
 *
 * A rollup that does not match its state (missing days, a missing or unreadable table) never causes a wrong answer or
 * an error. Everything is then read from the calls, once, within the same deadline.
 *
 * @throws ServiceError as the querier and the fold do
 */
export async function readRows<Selection extends { readonly rolled?: RolledDays | undefined }, Row, Data>(
  queryOf: (selection: Selection) => Query<Row | RolledDay>,
  selection: Selection,
  fold: (rows: AsyncIterable<readonly Row[]>) => Promise<Data>,
  query: Querier,
  options: RunOptions,
  fellBack: FellBack,
): Promise<FoldedRows<Data>> {
  const read = async (from: Selection) => {
    let marks: ResultMarks | undefined;
    const rows = requireRolledDays(query(queryOf(from), options), from.rolled, (found) => {
      marks = found;
    });
    return { data: await fold(rows), marks };
  };
  if (selection.rolled === undefined) return read(selection);
  try {
    return await read(selection);
  } catch (error) {
    // Transient errors, timeouts and scans that are too large would only repeat.
    if (!(error instanceof ServiceError) || error.code !== "internal_error") throw error;
    fellBack(error);
    return read({ ...selection, rolled: undefined });
  }
}
