import { ROLLED_COLUMNS } from "../../../lib/usage/rolled-days.ts";
import { USAGE_COLUMNS } from "../../../lib/usage/row.ts";

export type Cells = (string | null)[];
type NamedCells = Partial<Record<(typeof USAGE_COLUMNS)[number], string | null>>;

/** A row of the usage query's result: these cells, one figure of 0 seconds by default, else NULL. */
export function usageCells(named: NamedCells): Cells {
  const cells: NamedCells = { seconds: "0", figures: "1", ...named };
  return USAGE_COLUMNS.map((column) => cells[column] ?? null);
}

/** The same for the report's query, which has columns for the marks of rolled-up days. */
export function queryCells(named: NamedCells): Cells {
  return [...usageCells(named), ...ROLLED_COLUMNS.map(() => null)];
}
