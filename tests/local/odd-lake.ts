/** Lakes as other tools write them: files, folders and types that the project's own writer never makes. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { writeLake } from "../../local/lake/write.ts";
import { ANNA, DENTAL, id, LAKE, NORTH } from "./fixture.ts";

/** A column's value as SQL. */
export type Values = Readonly<Record<string, string>>;

/** One call of 1,000 s by Anna of Acme Dental on 2026-04-10, as SQL. */
export const CALL: Values = {
  call_id: `'${id("1")}'`,
  reseller_id: `'${NORTH}'`,
  organization_id: `'${DENTAL}'`,
  agent_id: `'${ANNA}'`,
  started_at: "TIMESTAMP_MS '2026-04-10 09:00:00'",
  duration_seconds: "CAST(1000 AS bigint)",
  recorded_at: "TIMESTAMP_MS '2026-04-10 10:00:00'",
};

export const DAY = "call_usage/dt=2026-04-10";

/** Writes the fixture's directory, and a folder without calls. */
export async function writeDirectory(directory: string): Promise<void> {
  await writeLake(directory, { ...LAKE, call_usage: [] });
  await rm(join(directory, "call_usage"), { recursive: true });
  await mkdir(join(directory, "call_usage"));
}

/** Writes a Parquet file with these rows below a lake; columns that a row omits are not in the file. */
export async function writeRows(
  directory: string,
  key: string,
  rows: readonly Values[],
  options = "",
): Promise<void> {
  const path = join(directory, key);
  await mkdir(dirname(path), { recursive: true });
  const selects = rows.map(
    (row) =>
      `SELECT ${Object.entries(row)
        .map(([name, value]) => `${value} AS "${name}"`)
        .join(", ")}`,
  );
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (${selects.join(" UNION ALL ")}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet${options})`,
  );
  connection.closeSync();
  instance.closeSync();
}

/** A row without some of its columns. */
export function without(row: Values, ...names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
}

/** Replaces bytes of a file by as many others, such as text that is not UTF-8. */
export async function replaceBytes(
  path: string,
  text: string,
  replacement: readonly number[],
): Promise<void> {
  const content = await readFile(path);
  const found = Buffer.from(text);
  if (found.length !== replacement.length) throw new RangeError("another number of bytes");
  for (let at = content.indexOf(found); at !== -1; at = content.indexOf(found)) content.set(replacement, at);
  await writeFile(path, content);
}
