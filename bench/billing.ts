/**
 * `npm run bench:billing`: measures the first closing of a month of a large platform, and of one a tenth as large,
 * through the bundle in a process of its own. Prints a table and writes it to docs/benchmarks-billing.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import * as z from "zod";
import { buildFunctions } from "../infra/build.ts";
import { type Manifest, parseManifest } from "../lib/billing/manifest.ts";
import { isMonth, type Month } from "../lib/billing/month.ts";
import { STATEMENTS_AT_ONCE } from "../lib/billing/write-statements.ts";
import { duckdbEngine } from "../local/engine/duckdb.ts";
import { ROLLUP_VARIABLES, SNAPSHOT_BUCKET } from "../local/functions.ts";
import { startStack } from "../local/stack.ts";
import { bucketOf, s3Client } from "../tests/local/s3-client.ts";
import { type Platform, writeBillingLake } from "./billing-lake.ts";
import { table } from "./statistics.ts";
import { closeAlike, monthsBefore, writeEmptyDays } from "./unchanged-months.ts";

const ROOT = join(import.meta.dirname, "..");
const FUNCTIONS = join(ROOT, "dist", "functions");
const RUN = join(import.meta.dirname, "clients/one-snapshot.ts");

const APRIL = aprilOf2026();

const WHOLE: Platform = { resellers: 10_000, agents: 1_000_000 };
const TENTH: Platform = { resellers: 1_000, agents: 100_000 };

/** Far less than Lambda's 1,769 MB, so that memory in use shows, and not garbage that is not yet collected. */
const HEAP_MEGABYTES = 192;
const HEAP = [`--max-old-space-size=${HEAP_MEGABYTES}`, "--max-semi-space-size=8"];

const MOST_MEGABYTES = 600;
const MOST_OVER_FLOOR = 1.5;

const ended = z.object({
  milliseconds: z.number(),
  peakMegabytes: z.number(),
  outcome: z.object({
    outcome: z.enum(["closed", "unchanged"]),
    manifest: z.string(),
    others: z.array(z.object({ outcome: z.literal("unchanged") })).default([]),
  }),
});
const runLine = z.looseObject({ message: z.literal("snapshot"), RunTime: z.number(), QueueTime: z.number() });

/** A year of closed months, of which April 2026 is the last. */
const YEAR = 12;
const MOST_LOOK_MS = 10_000;

interface Figures {
  /** The look at a year of months that have not changed; measured for the whole platform alone. */
  readonly look: Look | undefined;
  readonly wallMs: number;
  readonly engineMs: number;
  readonly putsMs: number;
  readonly peakMegabytes: number;
  readonly calls: string;
  readonly statements: number;
}

interface Look {
  readonly wallMs: number;
  readonly peakMegabytes: number;
  readonly calls: Readonly<Record<string, number>>;
}

async function close(platform: Platform, directory: string, looks: boolean): Promise<Figures> {
  const lake = join(directory, "lake");
  await writeBillingLake(lake, platform);
  const earlier = looks ? monthsBefore(APRIL, YEAR - 1) : [];
  await writeEmptyDays(lake, earlier);
  const engine = await duckdbEngine(lake);
  await using stack = await startStackOver(engine, join(directory, "objects"), lake);
  stack.faults.set([]);
  const { lines, result } = await runFunction(stack, "2026-05-04T06:00:00Z", "2026-04");
  const calls = callsOf(stack.faults.calls());
  const line = lines.flatMap((each) => runLine.safeParse(each).data ?? []).at(-1);
  if (line === undefined) throw new Error("the run wrote no line");

  const client = s3Client(stack.s3);
  const { get } = bucketOf(client, SNAPSHOT_BUCKET);
  const manifest = parseManifest(Buffer.from((await get(result.outcome.manifest)).text));
  const putsMs = await timeOfPuts(stack.s3, manifest.resellers);
  client.destroy();
  const look = looks ? await lookAt(stack, manifest, earlier) : undefined;
  await engine.close();
  return {
    look,
    wallMs: result.milliseconds,
    engineMs: line.RunTime + line.QueueTime,
    putsMs,
    peakMegabytes: result.peakMegabytes,
    calls,
    statements: manifest.resellers.length,
  };
}

type Running = Awaited<ReturnType<typeof startStackOver>>;

/** The second daily run over a year of months: the first one bills those that the copy has closed. */
async function lookAt(stack: Running, manifest: Manifest, earlier: readonly Month[]): Promise<Look> {
  await closeAlike(stack.s3, manifest, earlier);
  const from = earlier.at(-1) ?? APRIL;
  await runFunction(stack, "2026-05-05T06:00:00Z", from);
  stack.faults.set([]);
  const { result } = await runFunction(stack, "2026-05-06T06:00:00Z", from);
  if (result.outcome.others.length !== YEAR - 1) throw new Error("the run did not look at a year");
  const { milliseconds, peakMegabytes } = result;
  return { wallMs: milliseconds, peakMegabytes, calls: stack.faults.calls() };
}

function callsOf(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

async function startStackOver(
  engine: Awaited<ReturnType<typeof duckdbEngine>>,
  objects: string,
  lake: string,
) {
  const stack = await startStack({
    port: 0,
    engine,
    functions: FUNCTIONS,
    objects,
    lake,
    log: () => undefined,
  });
  return { ...stack, [Symbol.asyncDispose]: () => stack.close() };
}

async function runFunction(
  services: { readonly athena: string; readonly s3: string },
  at: string,
  billFrom: string,
) {
  const bundle = join(FUNCTIONS, "billing-snapshot", "index.mjs");
  const child = spawn(process.execPath, [...HEAP, RUN, bundle, at], {
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_ATHENA: services.athena,
      AWS_ENDPOINT_URL_S3: services.s3,
      ATHENA_WORKGROUP: "minutes-service",
      ATHENA_DATABASE: "minutes",
      SNAPSHOT_BUCKET,
      BILL_FROM: billFrom,
      LAKE_LOCATION: ROLLUP_VARIABLES.LAKE_LOCATION,
    },
  });
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the run ended with ${code}: ${said}`);
  const lines = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
  return { lines, result: ended.parse(JSON.parse(said)) };
}

/** Measures as many plain conditional puts of the same sizes with the same concurrency, in milliseconds. */
async function timeOfPuts(s3: string, objects: readonly { readonly bytes: number }[]): Promise<number> {
  const client = s3Client(s3);
  const left = objects.entries();
  const put = async () => {
    for (const [index, { bytes }] of left) {
      const Body = Buffer.alloc(bytes, "x");
      const Key = `puts/${index}`;
      await client.send(new PutObjectCommand({ Bucket: SNAPSHOT_BUCKET, Key, Body, IfNoneMatch: "*" }));
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: STATEMENTS_AT_ONCE }, put));
  client.destroy();
  return performance.now() - startedAt;
}

function aprilOf2026(): Month {
  const april = "2026-04";
  if (!isMonth(april)) throw new TypeError("not a month");
  return april;
}

function row(name: string, figures: Figures): string[] {
  const { wallMs, engineMs, putsMs, peakMegabytes, calls, statements } = figures;
  return [
    name,
    String(statements),
    (wallMs / 1_000).toFixed(1),
    (engineMs / 1_000).toFixed(1),
    (putsMs / 1_000).toFixed(1),
    (wallMs / (engineMs + putsMs)).toFixed(2),
    peakMegabytes.toFixed(0),
    calls,
  ];
}

function goal(isMet: boolean, text: string): string {
  return `- ${isMet ? "met" : "**not met**"}: ${text}`;
}

const directory = await mkdtemp(join(tmpdir(), "bench-billing-"));
try {
  await buildFunctions();
  const tenth = await close(TENTH, join(directory, "tenth"), false);
  const whole = await close(WHOLE, join(directory, "whole"), true);
  const { look } = whole;
  if (look === undefined) throw new Error("the look was not measured");
  const queries = look.calls["StartQueryExecution"] ?? 0;
  const ratio = whole.wallMs / (whole.engineMs + whole.putsMs);
  const document = `# Closing a month: benchmark

Made by \`npm run bench:billing\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GiB, with Node ${process.version}. Ratios hold on other machines, times do not.

The first closing of April 2026: a platform of 10,000 resellers and 1,000,000 agents, 3,000,000 calls over 30 days, and one of a tenth. The bundle runs in a process of its own, in a heap of ${HEAP_MEGABYTES} MB at most; engine and S3 are local and share the machine with it. The floor is the engine's time and the same puts alone, ${STATEMENTS_AT_ONCE} at once.

${goal(whole.peakMegabytes <= MOST_MEGABYTES, `under ${MOST_MEGABYTES} MB resident: ${whole.peakMegabytes.toFixed(0)} MB`)}
${goal(ratio <= MOST_OVER_FLOOR, `within ${MOST_OVER_FLOOR} of the floor: ${ratio.toFixed(2)}`)}
- memory for ten times as much: ${(whole.peakMegabytes / tenth.peakMegabytes).toFixed(2)} times as much

${table(
  [
    "agents",
    "statements",
    "wall, s",
    "engine, s",
    "puts alone, s",
    "wall / floor",
    "peak memory, MB",
    "calls",
  ],
  [row("100,000", tenth), row("1,000,000", whole)],
)}

The daily run the day after, over ${YEAR} closed months of 10,000 resellers each that have not changed:

${goal(queries === 0, `no query: ${queries}`)}
${goal(look.wallMs <= MOST_LOOK_MS, `under ${MOST_LOOK_MS / 1_000} s: ${(look.wallMs / 1_000).toFixed(1)} s`)}
- peak memory ${look.peakMegabytes.toFixed(0)} MB; calls: ${callsOf(look.calls)}
`;
  console.log(document);
  await writeFile(join(ROOT, "docs", "benchmarks-billing.md"), document);
} finally {
  await rm(directory, { recursive: true });
}
