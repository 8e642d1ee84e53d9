import { readdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { LAKE_TABLES, LakeError } from "../engine/lake-tables.ts";
import { trinoEngine } from "../engine/trino.ts";

/** The catalog in which the lakes are declared. */
export const HIVE_CATALOG = "hive";

/** A Trino that this project started, as plain data that can be passed to another process. */
export interface Trino {
  readonly url: string;
  /** The folder in which the server looks for lakes. */
  readonly lakesDirectory: string;
}

/** A lake folder and the schema of its tables. */
export interface LakeDeclaration {
  /** Lower-case letters, digits and underscores; the server must not have it yet. */
  readonly schema: string;
  readonly directory: string;
  /** First day (`YYYY-MM-DD`) of the date projection, which ends tomorrow: other days have no rows. */
  readonly earliestDate: string;
}

/**
 * Declares the tables of a lake folder as Athena has them. Nothing is written to the folder. The next statement sees
 * files that appear in it later.
 *
 * @throws LakeError if the folder is not a lake, EngineError if the server refuses
 */
export async function declareLake(trino: Trino, lake: LakeDeclaration): Promise<void> {
  const { schema, directory } = lake;
  if (!/^[a-z0-9_]+$/.test(schema)) throw new Error(`${schema} cannot be the name of a schema.`);
  for (const table of Object.keys(LAKE_TABLES)) await checkTable(directory, table);
  await symlink(await realpath(directory), join(trino.lakesDirectory, schema));

  const engine = trinoEngine({ url: trino.url, catalog: HIVE_CATALOG, schema });
  const run = (sql: string) => engine.run(sql, [], new AbortController().signal);
  await run(`CREATE SCHEMA ${schema}`);
  for (const [table, { columns }] of Object.entries(LAKE_TABLES)) {
    await run(createTable(`local:///lakes/${schema}`, table, columns, lake.earliestDate));
  }
}

/**
 * Trino's local file system does not follow a link inside a listed folder, and would show a linked day as empty. So
 * the lake may be a link, but its content may not.
 */
async function checkTable(directory: string, table: string): Promise<void> {
  const path = join(directory, table);
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new LakeError(`The lake needs the folder ${path}.`, { cause: error });
  });
  for (const entry of entries) {
    if (entry.isSymbolicLink()) {
      throw new LakeError(`${join(entry.parentPath, entry.name)} is a link, which Trino would not follow.`);
    }
  }
}

function createTable(
  lakeLocation: string,
  table: string,
  columns: Readonly<Record<string, string>>,
  earliestDate: string,
): string {
  const definitions = Object.entries(columns).map(([name, type]) =>
    name === "dt" ? `dt varchar WITH (${dateProjection(earliestDate)})` : `${name} ${trinoType(type)}`,
  );
  const partitioning =
    "dt" in columns ? ", partitioned_by = ARRAY['dt'], partition_projection_enabled = true" : "";
  return `CREATE TABLE ${table} (${definitions.join(", ")})
    WITH (format = 'PARQUET', external_location = '${lakeLocation}/${table}'${partitioning})`;
}

/** As in the catalog that Athena reads. */
function dateProjection(earliestDate: string): string {
  return `partition_projection_type = 'DATE', partition_projection_format = 'yyyy-MM-dd',
    partition_projection_range = ARRAY['${earliestDate.replaceAll("'", "''")}', 'NOW+1DAY']`;
}

/** Athena's `timestamp` has milliseconds. */
function trinoType(type: string): string {
  return type === "timestamp" ? "timestamp(3)" : type;
}
