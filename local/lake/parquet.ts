import { type DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import type { Table } from "./tables.ts";

/** DuckDB's vector size: the most rows that one data chunk holds. */
const CHUNK_ROWS = 2048;

/**
 * Writes rows as one Parquet file, sorted as the table requires. A file without rows also has all columns.
 *
 * Rows are added in data chunks: appending each value took three times as long (300,000 calls, 5.0 s against 1.5 s).
 */
export async function writeParquet<Row>(
  connection: DuckDBConnection,
  table: Table<Row>,
  rows: readonly Row[],
  file: string,
  rowGroupSize: number,
): Promise<void> {
  const columns = table.columns.map((column) => `${column.name} ${column.type.toString()}`).join(", ");
  await connection.run(`CREATE OR REPLACE TEMP TABLE rows (${columns})`);
  await append(connection, table, rows);
  await connection.run(
    `COPY (SELECT * FROM rows ORDER BY ${table.sortedBy.join(", ")})
     TO '${file.replaceAll("'", "''")}' (FORMAT parquet, ROW_GROUP_SIZE ${rowGroupSize})`,
  );
}

async function append<Row>(
  connection: DuckDBConnection,
  table: Table<Row>,
  rows: readonly Row[],
): Promise<void> {
  const types = table.columns.map((column) => column.type);
  const appender = await connection.createAppender("rows");
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const slice = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, slice.length);
    chunk.setColumns(table.columns.map((column) => slice.map(column.value)));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
