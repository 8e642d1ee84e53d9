/** The common options of the commands that start or use a stack. */
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

/** The functions' own default. */
export const EARLIEST_DATE = dayOf(Date.UTC(2020, 0, 1));

/** Options for `parseArgs`: the lake, the engine that reads it, and the port. */
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

/** A mistake in the call; `message` describes it. */
export class UsageError extends Error {}

/** Returns the message for the caller of the command; undefined for a bug, which is shown in full. */
export function adviceOn(error: unknown, usage: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof LakeError) return error.message;
  const code = "code" in error ? String(error.code) : "";
  if (error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS")) return `${error.message}\n${usage}`;
  if (code === "EADDRINUSE") {
    const port = "port" in error ? `Port ${String(error.port)}` : "A port";
    return `${port} is taken. The stack needs five ports in a row. End the program that uses it, or choose others with --port N.`;
  }
  return undefined;
}

/** @throws UsageError unless this port and the next four are valid ports */
export function requirePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_531) return port;
  throw new UsageError("--port takes a number from 1 to 65531.");
}

/** @throws UsageError for an unknown engine, or for a Trino address without Trino */
export function requireEngine(values: {
  readonly engine: string;
  readonly "trino-url"?: string | undefined;
}): "duckdb" | "trino" {
  const { engine } = values;
  if (engine !== "duckdb" && engine !== "trino") throw new UsageError("--engine takes duckdb or trino.");
  if (values["trino-url"] !== undefined && engine !== "trino") {
    throw new UsageError("--trino-url needs --engine trino.");
  }
  return engine;
}

/** The folder in which the local S3 of the stack at this port keeps its objects. */
export function objectsOf(port: number): string {
  return join(ROOT, ".local", `s3-${port}`);
}

/** Opens the lake's folder (by default the sample) and an engine over it. */
export async function openLake(options: LakeOptions): Promise<{ directory: string; engine: Engine }> {
  const directory = await lakeFolder(options.data);
  return { directory, engine: await startEngine(options, directory) };
}

/** Trino reads the lake as schema `minutes` of catalog `hive`, also if it is already running. */
async function startEngine(options: LakeOptions, directory: string): Promise<Engine> {
  if (options.engine === "duckdb") return duckdbEngine(directory);
  const catalog = HIVE_CATALOG;
  const schema = "minutes";
  const url = options["trino-url"];
  if (url !== undefined) return trinoEngine({ url, catalog, schema });
  console.log("Starting Trino (the first time it is downloaded, 820 MB) …");
  const trino = await startTrino({ lakes: [{ schema, directory, earliestDate: EARLIEST_DATE }] });
  return { ...trinoEngine({ url: trino.url, catalog, schema }), close: () => trino.close() };
}

async function lakeFolder(data: string | undefined): Promise<string> {
  if (data !== undefined) return resolve(process.env["INIT_CWD"] ?? ".", data);
  const folder = join(ROOT, ".local", "sample-lake");
  if ((await ensureSampleLake(folder)) === "written") console.log("Made the sample lake.");
  return folder;
}
