import { ServiceError } from "../errors.ts";
import type { Querier, Query, RunOptions } from "../query.ts";
import { type RolledDay, type RolledDays, requireRolledDays } from "../usage/rolled-days.ts";

/** Gets the reason where the rollup was passed over. */
export type FellBack = (error: ServiceError) => void;

/**
 * Runs a report's query and folds its rows: rolled-up days from the rollup, the others from their calls.
 *
 * A rollup that is not what its state says (days that it lacks, a table that is gone or cannot be read) never makes an
 * answer wrong or a failure: everything is then read from the calls, once, within the same deadline.
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
): Promise<Data> {
  const read = (from: Selection) => fold(requireRolledDays(query(queryOf(from), options), from.rolled));
  if (selection.rolled === undefined) return read(selection);
  try {
    return await read(selection);
  } catch (error) {
    // What may pass, took too long or read too much would only do so again.
    if (!(error instanceof ServiceError) || error.code !== "internal_error") throw error;
    fellBack(error);
    return read({ ...selection, rolled: undefined });
  }
}
