/**
 * `npm run bench:load`: measures what one partner can take from the others. Three partners ask once a second while a
 * fourth sends 50 new requests a second, and a rollup and a month's closing run.
 *
 * Everything is on 127.0.0.1, so a flood also takes this machine's processors, which in AWS belong to Athena, Lambda,
 * DynamoDB and the gateway. Therefore the same flood first goes to a second deployment on the same machine. It takes as
 * much of the processors, and nothing of the service. The difference between the two is what the partners of one
 * service take from each other. Athena's engine takes 1.2 s for a query, without using a processor.
 *
 * Measures for less than a minute. Prints a table and writes it to docs/benchmarks-load.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildFunctions } from "../infra/build.ts";
import { parameterEntries } from "../infra/parameter-table.ts";
import { DEFAULT_QUOTAS } from "../local/athena/quotas.ts";
import type { Engine, EngineResult } from "../local/engine/engine.ts";
import { BUDGET_TABLE } from "../local/functions.ts";
import { BUILT_FUNCTIONS, openLake } from "../local/options.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { requestToken } from "../local/tokens.ts";
import { table } from "./statistics.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs", "benchmarks-load.md");
const LONGEST_MS = 60_000;
const ENGINE_MS = 1_200;
const ALONE_MS = 8_000;
const FLOODED_MS = 12_000;
const FLOOD_A_SECOND = 50;
const INSTANCES = 30;
const WORSE_BY = 1.5;
/** Whose budget is 60 a minute: a little less than one a second. */
const ASKS_EVERY_MS = 1_050;

interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** An engine that takes as long for a query as it is told. */
interface PacedEngine extends Engine {
  /** Milliseconds of a query. */
  pace: number;
}

/**
 * Runs each partner's report once, and returns the same rows for every range. Otherwise the engine would use the
 * processors that the service needs.
 */
function paced(engine: Engine): PacedEngine {
  const known = new Map<string, Promise<EngineResult>>();
  const rowsOf: Engine["run"] = (sql, parameters, signal) => {
    if (!sql.includes("call_usage") || parameters.length === 0) return engine.run(sql, parameters, signal);
    const resellers = parameters.filter((parameter) => UUID.test(parameter));
    const key = [sql, ...resellers].join();
    const rows = known.get(key) ?? engine.run(sql, parameters, AbortSignal.timeout(LONGEST_MS));
    known.set(key, rows);
    return rows;
  };
  const own: PacedEngine = {
    pace: 0,
    run: async (sql, parameters, signal) => {
      const least = sleep(own.pace, undefined, { signal });
      const [result] = await Promise.all([rowsOf(sql, parameters, signal), least]);
      return result;
    },
    close: () => engine.close(),
  };
  return own;
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

/** A deployment of the service with an Athena, an S3 and a DynamoDB of its own. */
interface Deployment {
  readonly stack: Stack;
  readonly engine: PacedEngine;
  readonly resellers: readonly string[];
  /** Requests that were let through because DynamoDB took too long. */
  readonly unasked: () => number;
  readonly close: () => Promise<void>;
}

async function deploy(): Promise<Deployment> {
  const { engine: known, directory: lake } = await openLake({ engine: "duckdb" });
  const engine = paced(known);
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
  let unasked = 0;
  const stack = await startStack({
    port: 0,
    engine,
    lake,
    functions: BUILT_FUNCTIONS,
    objects,
    throttle: { rate: numberByDefault("throttlingRate"), burst: numberByDefault("throttlingBurst") },
    athenaQuotas: DEFAULT_QUOTAS,
    queries: DEFAULT_QUOTAS.activeQueries,
    instances: INSTANCES,
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: String(said).trim(),
      BUDGET_TABLE,
      PARTNER_EXECUTIONS_PER_MINUTE: String(numberByDefault("partnerExecutionsPerMinute")),
    },
    log: (text) => {
      unasked += text.match(/"BudgetUnavailable":1/g)?.length ?? 0;
    },
  });
  // The merges of the first rollup would use the processors that the service needs.
  await stack.rollUp();
  // Every instance is there before anything is measured.
  const nobody = await requestToken(stack.issuer, { reseller_ids: [] });
  await Promise.all(Array.from({ length: INSTANCES }, () => ask(stack, nobody)));
  return {
    stack,
    engine,
    resellers: rows.flatMap(([id]) => id ?? []),
    unasked: () => unasked,
    close: async () => {
      await stack.close();
      await engine.close();
      dynamodb.kill();
      await rm(objects, { recursive: true });
    },
  };
}

/** The default of a deploy parameter. */
function numberByDefault(name: string): number {
  const entries = parameterEntries(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
  const found = entries.flatMap(({ parameters }) => parameters).find((each) => each.name === name);
  return Number(found?.byDefault);
}

/** What the three partners were answered, and what became of everything else, in a phase of the test. */
interface Phase {
  readonly asked: readonly Answer[];
  readonly flood: readonly Answer[];
  readonly closing: string;
  readonly rollup: string;
}

const QUIET = { flood: [], closing: "", rollup: "" };

/** The partners ask a service for some time, while another one may be flooded. */
async function phase(service: Deployment, milliseconds: number, flooded?: Deployment): Promise<Phase> {
  const { stack, resellers } = service;
  const tokens = await Promise.all(resellers.map((id) => requestToken(stack.issuer, { reseller_ids: [id] })));
  const until = performance.now() + milliseconds;
  const asking = Promise.all(tokens.map((token) => askEvery(stack, token, ASKS_EVERY_MS, until)));
  const around = flooded === undefined ? QUIET : await floodOf(flooded, until);
  return { ...around, asked: (await asking).flat() };
}

/** Floods a deployment until a time, while it closes a month and rolls up days. */
async function floodOf({ stack, resellers }: Deployment, until: number): Promise<Omit<Phase, "asked">> {
  const token = await requestToken(stack.issuer, { reseller_ids: resellers });
  const [flood, closing, rollup] = await Promise.all([
    askEvery(stack, token, 1_000 / FLOOD_A_SECOND, until),
    outcomeOf(stack.snapshot({ scheduled_time: "2026-05-04T06:00:00Z" })),
    outcomeOf(stack.rollUp()),
  ]);
  return { flood, closing, rollup };
}

async function outcomeOf(run: Promise<unknown>): Promise<string> {
  try {
    return `ended: ${JSON.stringify(await run).slice(0, 60)}`;
  } catch (error) {
    return `FAILED: ${String(error)}`;
  }
}

const say = (text: string) => console.error(`${(performance.now() / 1_000).toFixed(0)} s: ${text}`);

await buildFunctions();
const service = await deploy();
const elsewhere = await deploy();
const giveUp = setTimeout(() => {
  console.error("The load test has measured for a minute and is ended.");
  process.exit(1);
}, LONGEST_MS);
for (const { engine } of [service, elsewhere]) engine.pace = ENGINE_MS;

say("three partners alone");
const alone = await phase(service, ALONE_MS);
say(`p95 ${p95(alone.asked).toFixed(0)} ms; a flood of another deployment`);
const beside = await phase(service, FLOODED_MS, elsewhere);
say(`p95 ${p95(beside.asked).toFixed(0)} ms; a flood of their own deployment`);
const within = await phase(service, FLOODED_MS, service);
say(`p95 ${p95(within.asked).toFixed(0)} ms`);
clearTimeout(giveUp);

const ratio = p95(within.asked) / p95(beside.asked);
const everyone = [alone, beside, within].flatMap(({ asked }) => asked).every(({ status }) => status === 200);
const verdict = (isMet: boolean, text: string) => `- ${isMet ? "met" : "**not met**"}: ${text}`;
const document = `# One partner beside the others

For anyone who sets \`partnerExecutionsPerMinute\` or \`throttlingRate\`. Made by \`npm run bench:load\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores. Three partners ask for a new report once a second. A fourth sends ${FLOOD_A_SECOND} new requests a second. The gateway and the budgets have the defaults of a deployment. Athena has AWS's default quotas: 20 starts and 100 status calls a second, and ${DEFAULT_QUOTAS.activeQueries} active queries. A query takes ${ENGINE_MS / 1_000} s.

One machine runs everything, so a flood also takes processors that in AWS belong to other services. Therefore the same flood first goes to a second deployment on the same machine. The ratio is that of the two rows with a flood. Ratios hold on other machines; times do not. [A test](../tests/functions/reports/fair-share.test.ts) runs the same flood in simulated time, where processors do not matter.

${table(
  ["requests of", "sent", "answers", "p95, ms"],
  [
    rowOf("three partners, without a flood", alone.asked),
    rowOf("three partners, another deployment is flooded", beside.asked),
    rowOf("three partners, their deployment is flooded", within.asked),
    rowOf("the partner that floods", within.flood),
  ],
)}

${verdict(everyone, "every request of the three partners is answered")}
${verdict(ratio <= WORSE_BY, `their p95 is within ${WORSE_BY} of what it is while another deployment is flooded: ${ratio.toFixed(2)}`)}
- beside the p95 without any flood on this machine: ${(p95(within.asked) / p95(alone.asked)).toFixed(2)}
- requests that were let through because DynamoDB took over 200 ms: ${service.unasked()}
${verdict(within.closing.startsWith("ended"), `the closing of a month beside the flood ${within.closing}`)}
${verdict(within.rollup.startsWith("ended"), `a rollup beside the flood ${within.rollup}`)}
`;
console.log(document);
await writeFile(DOCUMENT, document);
await Promise.all([service.close(), elsewhere.close()]);
