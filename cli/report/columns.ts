import { cutTo, heldInLine, widthOf } from "./shown-text.ts";

/** One column of a table. All columns of a table have equally many cells. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cells: readonly string[];
  /** Whether its cells may be cut so that the table fits. Figures are never cut. */
  readonly mayShrink?: boolean;
}

const GAP = 2;
/** Names are not cut below this width. */
const LEAST_WIDTH = 12;

/**
 * Renders columns side by side: titles, a rule, then one line for each row.
 *
 * @param available width of the terminal in columns; undefined if nothing is to be cut
 */
export function sideBySide(columns: readonly Column[], available?: number): string[] {
  const widths = fitted(columns, available);
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => padded(cells[index] ?? "", widths[index] ?? 0, align))
      .join(" ".repeat(GAP))
      .trimEnd();
  const rows = columns[0]?.cells.map((_, row) => line(columns.map(({ cells }) => cells[row] ?? ""))) ?? [];
  return [line(columns.map(({ title }) => title)), ruleOf(widths), ...rows];
}

/** A line under all columns. */
function ruleOf(widths: readonly number[]): string {
  return "─".repeat(sumOf(widths));
}

/** Computes each column's width: that of its widest cell. The widest columns that may shrink do so until all fit. */
function fitted(columns: readonly Column[], available: number | undefined): number[] {
  const widths = columns.map(({ title, cells }) =>
    cells.reduce((widest, cell) => Math.max(widest, widthOf(cell)), widthOf(title)),
  );
  if (available === undefined) return widths;
  for (let excess = sumOf(widths) - available; excess > 0; excess--) {
    const widest = columns.reduce<number | undefined>((best, { mayShrink }, index) => {
      const width = widths[index] ?? 0;
      const isWider = width > LEAST_WIDTH && (best === undefined || width > (widths[best] ?? 0));
      return mayShrink === true && isWider ? index : best;
    }, undefined);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * Math.max(0, widths.length - 1));
}

function padded(cell: string, width: number, align: "left" | "right"): string {
  const natural = widthOf(cell);
  const text = natural <= width ? cell : cutTo(width, cell);
  const blanks = " ".repeat(Math.max(0, width - (text === cell ? natural : widthOf(text))));
  return align === "left" ? heldInLine(text) + blanks : blanks + heldInLine(text);
}
