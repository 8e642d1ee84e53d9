/**
 * The statements for Iceberg tables that Trino lacks or spells differently from Athena. Both local engines translate
 * them.
 */
export type IcebergStatement =
  | {
      readonly kind: "create";
      readonly table: string;
      /** Names and types, in the spelling of Trino and DuckDB. */
      readonly columns: readonly (readonly [name: string, type: string])[];
      /** Such as `truncate(7, dt)`: a transform, its parameter and its column. */
      readonly partitions: readonly (readonly [transform: string, parameter: string, column: string])[];
    }
  | {
      readonly kind: "add column";
      readonly table: string;
      readonly column: readonly [name: string, type: string];
    }
  | { readonly kind: "optimize"; readonly table: string }
  | { readonly kind: "vacuum"; readonly table: string }
  /** Changes a table. The text is valid for all engines. */
  | { readonly kind: "write" };

const CREATE =
  /^CREATE TABLE IF NOT EXISTS (\w+) \(([^()]*)\)\s+PARTITIONED BY \((.*)\)\s+LOCATION '[^']*'\s+TBLPROPERTIES \([^()]*'table_type' = 'ICEBERG'[^()]*\)$/;

/**
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html,
 * …/querying-iceberg-alter-table-add-columns.html, …/optimize-statement.html and …/vacuum-statement.html
 *
 * @returns undefined for any other statement, above all a SELECT
 */
export function icebergStatement(text: string): IcebergStatement | undefined {
  const [, table = "", columns = "", partitions = ""] = CREATE.exec(text) ?? [];
  if (table !== "") {
    return {
      kind: "create",
      table,
      columns: columns.split(",").map(columnOf),
      partitions: Array.from(
        partitions.matchAll(/(\w+)\((\d+), (\w+)\)/g),
        ([, transform = "", parameter = "", column = ""]) => [transform, parameter, column] as const,
      ),
    };
  }
  const [, changed, added] = /^ALTER TABLE (\w+) ADD COLUMNS \((\w+ \w+)\)$/.exec(text) ?? [];
  if (changed !== undefined && added !== undefined) {
    return { kind: "add column", table: changed, column: columnOf(added) };
  }
  const [, optimized] = /^OPTIMIZE (\w+) REWRITE DATA USING BIN_PACK$/.exec(text) ?? [];
  if (optimized !== undefined) return { kind: "optimize", table: optimized };
  const [, vacuumed] = /^VACUUM (\w+)$/.exec(text) ?? [];
  if (vacuumed !== undefined) return { kind: "vacuum", table: vacuumed };
  return /^(MERGE INTO|DELETE FROM) /.test(text) ? { kind: "write" } : undefined;
}

/** A column's name and type, in the spelling of Trino and DuckDB. */
function columnOf(text: string): readonly [name: string, type: string] {
  const [name = "", type = ""] = text.trim().split(" ");
  return [name, type === "string" ? "varchar" : type];
}
