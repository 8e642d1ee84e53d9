/**
 * `npm run bench:reuse`: compares reused answers with the query path in one run over the local stack, and asks for a
 * repeated view 50 times a second. Prints tables and writes them to docs/benchmarks-reuse.md.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildFunctions } from "../infra/build.ts";
import { duckdbEngine } from "../local/engine/duckdb.ts";
import type { Engine } from "../local/engine/engine.ts";
import { ensureSampleLake } from "../local/sample/sample-lake.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { requestToken } from "../local/tokens.ts";
import { median, spread, table } from "./statistics.ts";

const ROOT = join(import.meta.dirname, "..");
const LATENCY_MS = 30;
const ENGINE_MS = 1_200;
const ROUNDS = 9;
const SESSIONS = 100;
const RATE = 50;
const SECONDS = 30;
/** Athena's own result reuse, as AWS documents it for an example: it does not check whether the data has changed. */
const ATHENA_REUSE_MS = 200;
const CALLS = ["GetObject", "PutObject", "ListObjectsV2", "StartQueryExecution", "GetQueryExecution"];

const RESELLER = "78e6e8a8-01b7-4a45-a227-471062f7fe52";
const APRIL = "?start_date=2026-04-01&end_date=2026-04-30";
const VIEWS = [
  `/v1/reports/minutes-by-organization${APRIL}`,
  `/v1/reports/minutes-by-organization?start_date=2026-03-01&end_date=2026-03-31`,
  `/v1/reports/minutes-by-day${APRIL}`,
];

interface Timed {
  readonly milliseconds: number;
  readonly status: number;
  readonly etag: string | null;
}

async function timed(url: string, headers: Readonly<Record<string, string>>): Promise<Timed> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return {
    milliseconds: performance.now() - startedAt,
    status: response.status,
    etag: response.headers.get("etag"),
  };
}

/** A stack whose engine takes its time once `slow` is set. */
async function stackOver(engine: Engine, lake: string, objects: string, environment: Record<string, string>) {
  const pace = { isSlow: false };
  let log = "";
  const paced: Engine = {
    run: async (sql, parameters, signal) => {
      const startedAt = performance.now();
      const result = await engine.run(sql, parameters, signal);
      if (pace.isSlow)
        await sleep(Math.max(0, ENGINE_MS - (performance.now() - startedAt)), undefined, { signal });
      return result;
    },
    close: async () => undefined,
  };
  const stack = await startStack({
    port: 0,
    engine: paced,
    lake,
    functions: join(ROOT, "dist", "functions"),
    objects,
    environment,
    log: (text) => {
      log += text;
    },
  });
  await stack.rollUp();
  const token = await requestToken(stack.issuer, { reseller_ids: [RESELLER] });
  return { stack, pace, headers: { authorization: `Bearer ${token}` }, log: () => log };
}

function inject(stack: Stack, milliseconds: number): void {
  stack.faults.set(
    milliseconds === 0 ? [] : CALLS.map((on) => ({ on, effect: { kind: "delay" as const, milliseconds } })),
  );
}

async function rounds(ask: (round: number) => Promise<Timed>, expected: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { status, milliseconds } = await ask(round);
    if (status !== expected) throw new Error(`The answer has status ${status}, not ${expected}.`);
    times.push(milliseconds);
  }
  return times;
}

/** Asks at a fixed rate, whatever the answers take. */
async function atRate(url: string, headers: Readonly<Record<string, string>>): Promise<Timed[]> {
  const startedAt = performance.now();
  const answers: Promise<Timed>[] = [];
  for (let request = 0; request < RATE * SECONDS; request++) {
    await sleep(Math.max(0, startedAt + (request * 1_000) / RATE - performance.now()));
    answers.push(timed(url, headers));
  }
  return Promise.all(answers);
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

function goal(isMet: boolean, text: string): string {
  return `- ${isMet ? "met" : "**not met**"}: ${text}`;
}

const directory = await mkdtemp(join(tmpdir(), "bench-reuse-"));
await using resources = new AsyncDisposableStack();
resources.defer(() => rm(directory, { recursive: true }));
await buildFunctions();
const lake = join(directory, "lake");
await ensureSampleLake(lake);
const engine = await duckdbEngine(lake);
resources.defer(() => engine.close());

const plain = await stackOver(engine, lake, join(directory, "plain"), {
  ANSWERS_LOCATION: "",
  FRESHNESS_SECONDS: "0",
});
resources.defer(() => plain.stack.close());
const reusing = await stackOver(engine, lake, join(directory, "reusing"), {});
resources.defer(() => reusing.stack.close());
const [view = ""] = VIEWS;
const gzip = { ...reusing.headers, "accept-encoding": "gzip" };
const days = (round: number) =>
  `/v1/reports/minutes-by-organization?start_date=2026-04-01&end_date=2026-04-${20 + round}`;

await timed(plain.stack.url + view, plain.headers);
await timed(reusing.stack.url + view, gzip);
for (const { stack, pace } of [plain, reusing]) {
  inject(stack, LATENCY_MS);
  pace.isSlow = true;
}
const query = await rounds(
  () => timed(plain.stack.url + view, { ...plain.headers, "accept-encoding": "gzip" }),
  200,
);
const first = await rounds((round) => timed(reusing.stack.url + days(round), gzip), 200);
const firstPlain = await rounds((round) => timed(plain.stack.url + days(round), plain.headers), 200);
const stored = await rounds(() => timed(reusing.stack.url + view, gzip), 200);
const { etag } = await timed(reusing.stack.url + view, gzip);
const known = await rounds(
  () => timed(reusing.stack.url + view, { ...gzip, "if-none-match": etag ?? "" }),
  304,
);
const calls = reusing.stack.faults.calls();

const executionsBefore = new Set(reusing.log().match(/"query_execution_id":"[^"]+"/g));
await Promise.all(
  Array.from({ length: SESSIONS }, async (_, session) => {
    await sleep(session * 20);
    for (const each of [...VIEWS, ...VIEWS]) await timed(reusing.stack.url + each, gzip);
  }),
);
await sleep(500);
const executions = new Set(reusing.log().match(/"query_execution_id":"[^"]+"/g)).size - executionsBefore.size;

for (const { stack, pace } of [plain, reusing]) {
  inject(stack, 0);
  pace.isSlow = false;
}
const storm = await atRate(reusing.stack.url + view, gzip);
const times = storm.map(({ milliseconds }) => milliseconds);
const failed = storm.filter(({ status }) => status !== 200).length;

const ratio = median(query) / median(stored);
const extra = median(first) - median(firstPlain);
const p95 = percentile(times, 0.95);
const document = `# Benchmarks of reused answers

Made by \`npm run bench:reuse\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GiB, with Node ${process.version}. Medians, with the least and the most in brackets; ratios hold on other machines, times do not.

${[
  goal(
    ratio >= 10,
    `a repeated closed month is 10 times faster than the query path: ${ratio.toFixed(1)} times`,
  ),
  goal(
    median(stored) < 3 * LATENCY_MS + 20,
    `it takes two round trips one after another: ${median(stored).toFixed(0)} ms`,
  ),
  goal(median(known) < 2 * LATENCY_MS + 20, `a 304 takes one round trip: ${median(known).toFixed(0)} ms`),
  goal(
    extra <= 3 * median(known),
    `the first request takes at most three round trips more, each as long as a 304: ${extra.toFixed(0)} ms`,
  ),
  goal(
    executions <= VIEWS.length - 1,
    `${SESSIONS} sessions of one partner start one execution for each distinct view (${VIEWS.length}, one of which was known before): ${executions}`,
  ),
  goal(
    failed === 0 && p95 < 150,
    `${RATE} requests a second for ${SECONDS} s: p95 under 150 ms and all 200: ${p95.toFixed(0)} ms, ${failed} others`,
  ),
].join("\n")}

## A closed month, with ${LATENCY_MS} ms for each call of AWS and an engine of ${(ENGINE_MS / 1_000).toFixed(1)} s

${table(
  ["answer", "ms", "executions"],
  [
    ["query path, without reuse", spread(query, 0), "1"],
    ["the first request of a view, without reuse", spread(firstPlain, 0), "1"],
    ["the first request of a view", spread(first, 0), "1"],
    ["a stored answer", spread(stored, 0), "0"],
    ["a 304", spread(known, 0), "0"],
    [
      "Athena's own result reuse, as documented: it does not check whether the data has changed",
      `about ${ATHENA_REUSE_MS}, plus the calls`,
      "1",
    ],
  ],
)}

Calls to S3 and Athena in these rounds: ${Object.entries(calls)
  .map(([name, count]) => `${name} ${count}`)
  .join(", ")}.

## ${RATE} requests a second for ${SECONDS} seconds

A repeated view on the local stack over loopback, without injected latency: the function, its S3, the gateway and the caller share this machine.

${table(
  ["requests", "200", "p50, ms", "p95, ms", "most, ms"],
  [
    [
      String(storm.length),
      String(storm.length - failed),
      percentile(times, 0.5).toFixed(0),
      p95.toFixed(0),
      Math.max(...times).toFixed(0),
    ],
  ],
)}
`;
console.log(document);
await writeFile(join(ROOT, "docs", "benchmarks-reuse.md"), document);
