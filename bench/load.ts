/**
 * `npm run bench:load`: measures what one partner can take from the others. Three partners ask once a second, first
 * alone, then while a fourth floods the service with 50 new queries a second and a rollup and a month's closing run.
 * Everything is on 127.0.0.1; Athena has AWS's default quotas and takes 1.2 s for a query. Ends after a minute at the
 * latest. Prints a table and writes it to docs/benchmarks-load.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildFunctions } from "../infra/build.ts";
import { DEFAULT_QUOTAS } from "../local/athena/quotas.ts";
import type { Engine, EngineResult } from "../local/engine/engine.ts";
import { BUDGET_TABLE } from "../local/functions.ts";
import { BUILT_FUNCTIONS, openLake } from "../local/options.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { requestToken } from "../local/tokens.ts";
import { table } from "./statistics.ts";

const DOCUMENT = join(import.meta.dirname, "..", "docs", "benchmarks-load.md");
const LONGEST_MS = 60_000;
const ENGINE_MS = 1_200;
const ALONE_MS = 10_000;
const FLOODED_MS = 15_000;
const FLOOD_A_SECOND = 50;
const INSTANCES = 30;
const WORSE_BY = 1.5;
/** Whose budget is 60 a minute: a little less than one a second. */
const ASKS_EVERY_MS = 1_050;

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/**
 * An engine that takes as long for a query as Athena. It runs each partner's report once, and returns the same rows for
 * every range. Otherwise the engine would use the processor that the service needs.
 */
function slowed(engine: Engine): Engine {
  const known = new Map<string, Promise<EngineResult>>();
  const rowsOf: Engine["run"] = (sql, parameters, signal) => {
    if (!sql.includes("call_usage") || parameters.length === 0) return engine.run(sql, parameters, signal);
    const resellers = parameters.filter((parameter) => UUID.test(parameter));
    const key = [sql, ...resellers].join();
    const rows = known.get(key) ?? engine.run(sql, parameters, AbortSignal.timeout(LONGEST_MS));
    known.set(key, rows);
    return rows;
  };
  return {
    run: async (sql, parameters, signal) => {
      const least = sleep(ENGINE_MS, undefined, { signal });
      const [result] = await Promise.all([rowsOf(sql, parameters, signal), least]);
      return result;
    },
    close: () => engine.close(),
  };
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

let days = 0;
/** A range of days that nobody has asked for yet. */
function newRange(): string {
  days += 1;
  const start = new Date(Date.UTC(2025, 0, 1 + (days % 300))).toISOString().slice(0, 10);
  const end = new Date(Date.UTC(2025, 10, 1 + Math.floor(days / 300))).toISOString().slice(0, 10);
  return `start_date=${start}&end_date=${end}`;
}

/** Sends a new report's request with each tick, at this interval in milliseconds, until the time is over. */
async function askEvery(stack: Stack, token: string, every: number, until: number): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  for (let next = performance.now(); next < until; next += every) {
    await sleep(Math.max(0, next - performance.now()));
    answers.push(ask(stack, token));
  }
  return Promise.all(answers);
}

async function ask(stack: Stack, token: string): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(`${stack.url}/v1/reports/minutes-by-organization?${newRange()}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - startedAt };
}

/** The time that 95 of 100 answers do not pass. */
function p95(answers: readonly Answer[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

function byStatus(answers: readonly Answer[]): string {
  const groups = Object.groupBy(answers, ({ status }) => String(status));
  return Object.entries(groups)
    .map(([status, some]) => `${some?.length ?? 0} × ${status}`)
    .join(", ");
}

const rowOf = (name: string, answers: readonly Answer[]) => [
  name,
  String(answers.length),
  byStatus(answers),
  p95(answers).toFixed(0),
];

async function measure(stack: Stack, resellers: readonly string[]): Promise<string> {
  const tokenOf = (ids: readonly string[]) => requestToken(stack.issuer, { reseller_ids: ids });
  const others = await Promise.all(resellers.map((id) => tokenOf([id])));
  const flooding = await tokenOf(resellers);
  // The merges of the first rollup would use the processor that the service needs.
  await stack.rollUp();
  // Every instance is there before anything is measured.
  const other = await tokenOf([]);
  await Promise.all(Array.from({ length: INSTANCES }, () => ask(stack, other)));
  await Promise.all(others.map((token) => ask(stack, token)));

  const askAll = async (milliseconds: number) => {
    const until = performance.now() + milliseconds;
    return (await Promise.all(others.map((token) => askEvery(stack, token, ASKS_EVERY_MS, until)))).flat();
  };
  const said = (text: string) => console.error(`${(performance.now() / 1_000).toFixed(0)} s: ${text}`);
  said("three partners alone");
  const alone = await askAll(ALONE_MS);
  said(`p95 ${p95(alone).toFixed(0)} ms; the flood begins`);
  const told = (run: Promise<unknown>) =>
    run.then(
      (outcome) => `ended: ${JSON.stringify(outcome).slice(0, 60)}`,
      (error: unknown) => `FAILED: ${String(error)}`,
    );
  const flood = askEvery(stack, flooding, 1_000 / FLOOD_A_SECOND, performance.now() + FLOODED_MS);
  const closing = told(stack.snapshot({ scheduled_time: "2026-05-04T06:00:00Z" }));
  const rollup = told(stack.rollUp());
  const flooded = await askAll(FLOODED_MS);
  said(`p95 ${p95(flooded).toFixed(0)} ms; waiting for the rest`);
  const [floods, closed, rolled] = await Promise.all([flood, closing, rollup]);

  const ratio = p95(flooded) / p95(alone);
  const everyone = [...alone, ...flooded].every(({ status }) => status === 200);
  const verdict = (isMet: boolean, text: string) => `- ${isMet ? "met" : "**not met**"}: ${text}`;
  return [
    table(
      ["requests of", "sent", "answers", "p95, ms"],
      [
        rowOf("three partners, without the flood", alone),
        rowOf("three partners, with the flood", flooded),
        rowOf("the partner that floods", floods),
      ],
    ),
    [
      verdict(everyone, "every request of the three partners is answered"),
      verdict(ratio <= WORSE_BY, `their p95 is within ${WORSE_BY} of what it is alone: ${ratio.toFixed(2)}`),
      `- requests that were let through because DynamoDB took over 200 ms: ${unasked}`,
      verdict(closed.startsWith("ended"), `the closing of a month beside the flood ${closed}`),
      verdict(rolled.startsWith("ended"), `a rollup beside the flood ${rolled}`),
    ].join("\n"),
  ].join("\n\n");
}

/** Requests whose budget DynamoDB did not tell in time. */
let unasked = 0;

const giveUp = setTimeout(() => {
  console.error("The load test has taken a minute and is ended.");
  process.exit(1);
}, LONGEST_MS);

await buildFunctions();
const { engine, directory: lake } = await openLake({ engine: "duckdb" });
const { rows } = await engine.run(
  "SELECT reseller_id FROM resellers ORDER BY 1",
  [],
  AbortSignal.timeout(10_000),
);
const dynamodb = spawn(process.execPath, [join(import.meta.dirname, "budget-server.ts")], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => dynamodb.kill());
const [said] = await once(dynamodb.stdout, "data");
const objects = await mkdtemp(join(tmpdir(), "load-"));
const stack = await startStack({
  port: 0,
  engine: slowed(engine),
  lake,
  functions: BUILT_FUNCTIONS,
  objects,
  athenaQuotas: DEFAULT_QUOTAS,
  queries: DEFAULT_QUOTAS.activeQueries,
  instances: INSTANCES,
  environment: {
    AWS_ENDPOINT_URL_DYNAMODB: String(said).trim(),
    BUDGET_TABLE,
    PARTNER_EXECUTIONS_PER_MINUTE: "60",
  },
  log: (text) => {
    unasked += text.match(/"BudgetUnavailable":1/g)?.length ?? 0;
  },
});
const result = await measure(
  stack,
  rows.flatMap(([id]) => id ?? []),
);
await stack.close();
await engine.close();
await rm(objects, { recursive: true });
clearTimeout(giveUp);

const document = `# One partner beside the others

For anyone who sets \`partnerExecutionsPerMinute\`. Made by \`npm run bench:load\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores. Three partners ask for a new report once a second, first alone, then while a fourth sends ${FLOOD_A_SECOND} new requests a second. One machine runs the gateway, ${INSTANCES} instances of the function, DynamoDB (dynalite) and an Athena. This Athena has AWS's default quotas (20 starts a second, ${DEFAULT_QUOTAS.activeQueries} active queries) and takes ${ENGINE_MS / 1_000} s for a query. Ratios hold on other machines; times do not.

${result}
`;
console.log(document);
await writeFile(DOCUMENT, document);
