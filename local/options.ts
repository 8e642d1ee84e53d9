/** What the commands that start or use a stack have in common. */
import { join, resolve } from "node:path";
import { dayOf } from "../lib/period.ts";
import { duckdbEngine } from "./engine/duckdb.ts";
import type { Engine } from "./engine/engine.ts";
import { LakeError } from "./engine/lake-tables.ts";
import { trinoEngine } from "./engine/trino.ts";
import { ensureSampleLake } from "./sample/sample-lake.ts";
import { HIVE_CATALOG } from "./trino/lakes.ts";
import { startTrino } from "./trino/server.ts";

const ROOT = join(import.meta.dirname, "..");

export const BUILT_FUNCTIONS = join(ROOT, "dist", "functions");

export const BUILT_PORTAL = join(ROOT, "dist", "portal");

/** As the functions have it where nothing else is said. */
export const EARLIEST_DATE = dayOf(Date.UTC(2020, 0, 1));

/** Which lake, read by which engine, behind which port; for `parseArgs`. */
export const LAKE_OPTIONS = {
  data: { type: "string" },
  port: { type: "string", default: "8787" },
  engine: { type: "string", default: "duckdb" },
  "trino-url": { type: "string" },
} as const;

export interface LakeOptions {
  readonly data?: string | undefined;
  readonly engine: "duckdb" | "trino";
  readonly "trino-url"?: string | undefined;
}

/** A mistake in the call; `message` says which. */
export class UsageError extends Error {}

/** What to tell the person who called; undefined for a fault of ours, which shows whole. */
export function adviceOn(error: unknown, usage: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof LakeError) return error.message;
  const code = "code" in error ? String(error.code) : "";
  if (error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS")) return `${error.message}\n${usage}`;
  if (code === "EADDRINUSE") {
    const port = "port" in error ? `Port ${String(error.port)}` : "A port";
    return `${port} is taken; the stack needs four in a row. End what uses it, or choose others with --port N.`;
  }
  return undefined;
}

/** @throws UsageError unless four ports from this one on are ports */
export function requirePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_532) return port;
  throw new UsageError("--port takes a number from 1 to 65532.");
}

/** @throws UsageError for an engine that there is not, or a Trino's address without Trino */
export function requireEngine(values: {
  readonly engine: string;
  readonly "trino-url"?: string | undefined;
}): "duckdb" | "trino" {
  const { engine } = values;
  if (engine !== "duckdb" && engine !== "trino") throw new UsageError("--engine takes duckdb or trino.");
  if (values["trino-url"] !== undefined && engine !== "trino") {
    throw new UsageError("--trino-url goes with --engine trino.");
  }
  return engine;
}

/** Where the local S3 of the stack at this port keeps its objects. */
export function objectsOf(port: number): string {
  return join(ROOT, ".local", `s3-${port}`);
}

/** The lake's folder, the sample where none is named, and an engine over it. */
export async function openLake(options: LakeOptions): Promise<{ directory: string; engine: Engine }> {
  const directory = await lakeFolder(options.data);
  return { directory, engine: await startEngine(options, directory) };
}

/** Trino reads the lake as schema `minutes` of catalog `hive`, also one that runs already. */
async function startEngine(options: LakeOptions, directory: string): Promise<Engine> {
  if (options.engine === "duckdb") return duckdbEngine(directory);
  const catalog = HIVE_CATALOG;
  const schema = "minutes";
  const url = options["trino-url"];
  if (url !== undefined) return trinoEngine({ url, catalog, schema });
  console.log("Starting Trino (fetching it first, 820 MB, where it has not been yet) …");
  const trino = await startTrino({ lakes: [{ schema, directory, earliestDate: EARLIEST_DATE }] });
  return { ...trinoEngine({ url: trino.url, catalog, schema }), close: () => trino.close() };
}

async function lakeFolder(data: string | undefined): Promise<string> {
  if (data !== undefined) return resolve(process.env["INIT_CWD"] ?? ".", data);
  const folder = join(ROOT, ".local", "sample-lake");
  if ((await ensureSampleLake(folder)) === "written") console.log("Made the sample lake.");
  return folder;
}
