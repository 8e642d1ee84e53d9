/** Reads lakes that pyarrow wrote. DuckDB reads each as Trino does, or refuses what Trino misreads. */
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { runCommand } from "../../local/command.ts";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import { type Engine, EngineError } from "../../local/engine/engine.ts";
import { trinoEngine } from "../../local/engine/trino.ts";
import { declareLake, HIVE_CATALOG, type Trino } from "../../local/trino/lakes.ts";
import { installPython } from "../pinned-packages.ts";

const QUERY = `SELECT call_id, reseller_id, agent_id, duration_seconds, started_at, recorded_at
  FROM call_usage WHERE dt = '2026-04-10'`;

/** Columns that Trino silently misreads, and that DuckDB therefore refuses. */
const MISREAD = ["instant_as_number", "number_as_id", "uint32", "uint64", "uuid"];
/** Columns that neither reads. */
const REFUSED = [
  "bool",
  "codec_brotli",
  "codec_lz4",
  "date32",
  "date64",
  "decimal_2",
  "epoch_double",
  "epoch_int64",
  "float32",
  "float64",
  "list",
  "split",
  "struct",
  "text_instant",
  "text_number",
  "time64",
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pyarrow-"));
  const cache = join(import.meta.dirname, "../../.local/engine");
  const python = await installPython(cache, join(import.meta.dirname, "pyarrow/requirements.txt"));
  const script = join(import.meta.dirname, "pyarrow/write_lakes.py");
  await runCommand(join(python, "python"), [script, folder], "Python is missing.");
});
afterAll(() => rm(folder, { recursive: true }));

async function outcome(engine: Engine): Promise<unknown> {
  try {
    return (await engine.run(QUERY, [], new AbortController().signal)).rows;
  } catch (error) {
    if (error instanceof EngineError) return "refused";
    throw error;
  } finally {
    await engine.close();
  }
}

async function trinoOver(trino: Trino, directory: string): Promise<Engine> {
  const schema = `lake_${randomUUID().replaceAll("-", "")}`;
  await declareLake(trino, { schema, directory, earliestDate: "2020-01-01" });
  return trinoEngine({ url: trino.url, catalog: HIVE_CATALOG, schema });
}

test("DuckDB reads them as Trino does, and refuses what Trino misreads", async () => {
  const trino = inject("trino");
  if (trino === undefined) throw new Error("Trino is not running.");
  const outcomes: { name: string; onTrino: unknown; onDuckdb: unknown }[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const directory = join(folder, name);
    const onTrino = await outcome(await trinoOver(trino, directory));
    outcomes.push({ name, onTrino, onDuckdb: await outcome(await duckdbEngine(directory)) });
  }
  const isMisread = ({ name }: { readonly name: string }) => MISREAD.includes(name);
  expect(outcomes.filter(isMisread).map(({ onDuckdb }) => onDuckdb)).toEqual(MISREAD.map(() => "refused"));
  const others = outcomes.filter((each) => !isMisread(each));
  expect(others.map(({ name, onDuckdb }) => [name, onDuckdb])).toEqual(
    others.map(({ name, onTrino }) => [name, onTrino]),
  );
  expect(others.filter(({ onTrino }) => onTrino === "refused").map(({ name }) => name)).toEqual(REFUSED);
});
