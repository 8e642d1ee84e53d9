/**
 * `npm run bench:rollup`: measures a closed month's report from its calls and from the rollup, on both engines. It
 * reads one reseller of 1% and all of them, with up to a hundred times the calls of the same agents. Prints tables
 * and writes them to docs/benchmarks-rollup.md. Takes about half an hour, 5 GB of disk and 22 GB of memory. With
 * `--lakes DIR` the lakes are kept for the next time.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { buildFunctions } from "../infra/build.ts";
import { duckdbEngine } from "../local/engine/duckdb.ts";
import type { Engine } from "../local/engine/engine.ts";
import { trinoEngine } from "../local/engine/trino.ts";
import { startStack } from "../local/stack.ts";
import { declareLake, HIVE_CATALOG } from "../local/trino/lakes.ts";
import { startTrino, type TrinoServer } from "../local/trino/server.ts";
import { DAYS, resellerIds, writeMonth } from "./rollup-lake.ts";
import { layouts } from "./rollup-layouts.ts";
import { measure, type Pair, type Taken } from "./rollup-measure.ts";
import { table } from "./statistics.ts";

const ROOT = join(import.meta.dirname, "..");
const FUNCTIONS = join(ROOT, "dist", "functions");
const AGENTS = 10_000;
const CALLS_OF_AGENT_A_DAY = [1, 10, 100];
/** For Trino: it keeps all calls of a month in memory to choose the records that count. */
const HEAP_GIGABYTES = 19;

const FEWER_BYTES = 100;
const LESS_TIME = 20;
/** What the rollup may read and cost more if calls grow tenfold: nothing, except noise. */
const NO_GROWTH = 1.1;

type EngineName = "DuckDB" | "Trino";

interface Measured {
  readonly engine: EngineName;
  readonly calls: number;
  readonly who: "one reseller" | "all resellers";
  readonly pair: Pair;
}

const line = z.object({ message: z.literal("rollup"), TotalTime: z.number(), BytesScanned: z.number() });

/** Rolls up the month with the built function; @returns its seconds and the bytes that it read */
async function rollUp(engine: Engine, lake: string, objects: string) {
  let logged = "";
  const log = (text: string) => {
    logged += text;
  };
  const stack = await startStack({ port: 0, engine, lake, functions: FUNCTIONS, objects, log });
  try {
    await stack.rollUp();
    const lines = logged.split("\n").filter((each) => each.startsWith("{"));
    const { TotalTime, BytesScanned } = line.parse(JSON.parse(lines.at(-1) ?? ""));
    await stack.rollUp({ task: "compact" });
    return { seconds: TotalTime / 1_000, bytes: BytesScanned };
  } finally {
    await stack.close();
  }
}

async function measureAll(directory: string, lakes: string, trino: TrinoServer) {
  const ids = await resellerIds();
  const measured: Measured[] = [];
  const rollups: string[][] = [];
  for (const callsOfAgentADay of CALLS_OF_AGENT_A_DAY) {
    const calls = AGENTS * callsOfAgentADay * DAYS;
    const schema = `calls_${callsOfAgentADay}`;
    const lake = join(lakes, String(callsOfAgentADay));
    console.error(`${calls.toLocaleString("en")} calls: writing`);
    if (!existsSync(lake)) await writeMonth(lake, { agents: AGENTS, callsOfAgentADay });
    const database = join(directory, `${schema}.duckdb`);
    const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
      DuckDB: () => duckdbEngine(lake, { database }),
      Trino: async () => trinoEngine({ url: trino.url, catalog: HIVE_CATALOG, schema }),
    };
    await declareLake(trino, { schema, directory: lake, earliestDate: "2020-01-01" });
    for (const engine of ["DuckDB", "Trino"] as const) {
      console.error(`${calls.toLocaleString("en")} calls, ${engine}: rolling up`);
      const open = engines[engine];
      const first = await open();
      const { seconds, bytes } = await rollUp(first, lake, join(directory, `${schema}-${engine}`));
      await first.close();
      rollups.push([engine, calls.toLocaleString("en"), seconds.toFixed(1), megabytes(bytes)]);
      for (const who of ["one reseller", "all resellers"] as const) {
        console.error(`${calls.toLocaleString("en")} calls, ${engine}: reports of ${who}`);
        const resellers = who === "all resellers" ? ids : ids.slice(0, 1);
        const pair = await measure(open, resellers, engine === "DuckDB");
        measured.push({ engine, calls, who, pair });
      }
    }
  }
  return { measured, rollups, ids };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0);
}

function figuresOf(taken: Taken | string): string[] {
  if (typeof taken === "string") return ["–", "–", "–"];
  return [megabytes(taken.bytes), (taken.cpuMs / 1_000).toFixed(2), (taken.wallMs / 1_000).toFixed(2)];
}

function row({ engine, calls, who, pair: { raw, rolled } }: Measured): string[] {
  const ratios =
    typeof raw === "string"
      ? [raw.replace(/ \[.*/s, ""), ""]
      : [`${(raw.bytes / rolled.bytes).toFixed(0)}×`, `${(raw.wallMs / rolled.wallMs).toFixed(0)}×`];
  return [engine, calls.toLocaleString("en"), who, ...figuresOf(raw), ...figuresOf(rolled), ...ratios];
}

function goal(isMet: boolean, text: string): string {
  return `- ${isMet ? "met" : "**not met**"}: ${text}`;
}

/** The goals of one engine, each at the largest month that it could also read from its calls. */
function goals(engine: EngineName, measured: readonly Measured[]): string[] {
  const ofEngine = measured.filter((each) => each.engine === engine);
  const [first, last] = ofEngine.filter(({ who }) => who === "all resellers").slice(-2);
  const one = ofEngine.findLast(({ who }) => who === "one reseller");
  if (first === undefined || last === undefined || one === undefined)
    throw new TypeError(`nothing of ${engine}`);
  const growth = last.pair.rolled.bytes / first.pair.rolled.bytes;
  return [
    ...(["all resellers", "one reseller"] as const).flatMap((who) => savings(ofEngine, who)),
    goal(
      growth <= NO_GROWTH,
      `${engine}: ten times the calls read ${growth.toFixed(2)} times as much of the rollup`,
    ),
    `- ${engine}: one reseller of 1% reads ${((100 * one.pair.rolled.bytes) / last.pair.rolled.bytes).toFixed(0)}% of what all read`,
  ];
}

function savings(ofEngine: readonly Measured[], who: Measured["who"]): string[] {
  const largest = ofEngine.findLast((each) => each.who === who && typeof each.pair.raw !== "string");
  if (largest === undefined || typeof largest.pair.raw === "string") return [];
  const { raw, rolled } = largest.pair;
  const [bytes, time] = [raw.bytes / rolled.bytes, raw.wallMs / rolled.wallMs];
  const what = `${largest.engine}, ${largest.calls.toLocaleString("en")} calls, ${who}`;
  return [
    goal(bytes >= FEWER_BYTES, `${what}: ${FEWER_BYTES}× fewer bytes: ${bytes.toFixed(0)}×`),
    goal(time >= LESS_TIME, `${what}: ${LESS_TIME}× less time: ${time.toFixed(0)}×`),
  ];
}

const USD_PER_BYTE = 5 / 1e12;
const LEAST_BYTES = 10e6;

/** Athena's price of a million reports of a month, from the bytes that Trino read, or DuckDB if Trino could not. */
function costs(measured: readonly Measured[]): string[][] {
  const usd = (bytes: number) =>
    Math.round(1e6 * Math.max(bytes, LEAST_BYTES) * USD_PER_BYTE).toLocaleString("en");
  const could = ({ calls, who }: Measured) =>
    measured.some(
      (each) =>
        each.engine === "Trino" &&
        each.calls === calls &&
        each.who === who &&
        typeof each.pair.raw !== "string",
    );
  return measured.flatMap((each) => {
    const { raw, rolled } = each.pair;
    if (typeof raw === "string" || (each.engine === "DuckDB" && could(each))) return [];
    return [[each.calls.toLocaleString("en"), each.who, each.engine, usd(raw.bytes), usd(rolled.bytes)]];
  });
}

const directory = await mkdtemp(join(tmpdir(), "bench-rollup-"));
const { values } = parseArgs({ options: { lakes: { type: "string" } } });
const lakes = values.lakes === undefined ? directory : resolve(process.env["INIT_CWD"] ?? ".", values.lakes);
const trino = await startTrino({ heapGigabytes: HEAP_GIGABYTES });
try {
  await buildFunctions();
  const { measured, rollups, ids } = await measureAll(directory, lakes, trino);
  const heads = [
    "raw: MB",
    "CPU, s",
    "wall, s",
    "rollup: MB",
    "CPU, s",
    "wall, s",
    "fewer bytes",
    "less time",
  ];
  const document = `# The daily rollup: benchmark

Made by \`npm run bench:rollup\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GiB that were not idle, with Node ${process.version}, DuckDB in the process and Trino 476 in a heap of ${HEAP_GIGABYTES} GB. Ratios hold on other machines, times do not.

May 2026 of 10,000 agents under 100 resellers, with 1, 10 and 100 calls of each agent a day. One call in 20 is delivered twice. The report's own query reads this closed month from its calls and from the rollup. The rows were compared and are equal. Bytes are of all tables, the directory's among them; DuckDB's are what the process read of files that it had just opened, Trino's its own count.

${[...goals("DuckDB", measured), ...goals("Trino", measured)].join("\n")}

${table(["engine", "calls", "report of", ...heads], measured.map(row))}

The rollup of the whole month by the built function, once:

${table(["engine", "calls", "s", "MB read"], rollups)}

## Layout

Trino, the month's report from the rollup in other layouts, after compaction:

${table(["layout", "files", "MB in all", "all resellers: MB", "one: MB", "all: wall, ms", "one: wall, ms"], await layouts(trino, "calls_10", ids))}

## Cost

Athena takes 5 USD/TB, at least 10 MB a query. A million reports of the closed month, in USD:

${table(["calls a month", "report of", "bytes by", "from calls", "from the rollup"], costs(measured))}
`;
  console.log(document);
  await writeFile(join(ROOT, "docs", "benchmarks-rollup.md"), document);
} finally {
  await trino.close();
  await rm(directory, { recursive: true });
}
