import type { EngineResult } from "../engine/engine.ts";

const LINES_A_CHUNK = 1_000;

/**
 * Renders a result as Athena writes it to S3: a header of column names, every value in quotes, NULL an empty field
 * without quotes, lines ended by LF.
 */
export function* resultCsv({ columns, rows }: EngineResult): Generator<Uint8Array> {
  yield Buffer.from(line(columns.map(({ name }) => name)));
  for (let start = 0; start < rows.length; start += LINES_A_CHUNK) {
    yield Buffer.from(
      rows
        .slice(start, start + LINES_A_CHUNK)
        .map(line)
        .join(""),
    );
  }
}

function line(values: readonly (string | null)[]): string {
  return `${values.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",")}\n`;
}
