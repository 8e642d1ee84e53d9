/**
 * One partner floods the service while others ask, in simulated time: the real handler and the real client of Athena,
 * with AWS's default quotas and the defaults of a deployment. The processors of the machine do not matter here, as they
 * do in `npm run bench:load`.
 */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reportsApi } from "../../../functions/reports/handler.ts";
import { parameterEntries } from "../../../infra/parameter-table.ts";
import type { AthenaCalls } from "../../../lib/athena/calls.ts";
import { athenaExecutor, athenaQuerier } from "../../../lib/athena/querier.ts";
import { budgetWindow, type ExecutionBudget } from "../../../lib/execution-budget.ts";
import { REPORTS } from "../../../lib/reports/table.ts";
import { USAGE_QUERY_COLUMNS } from "../../../lib/usage/query.ts";
import { allowance, DEFAULT_QUOTAS } from "../../../local/athena/quotas.ts";
import { tokenBucket } from "../../../local/token-bucket.ts";
import { encodeResultCsv } from "../../lib/athena/encode.ts";
import { SETTINGS } from "../../lib/athena/run-query.ts";
import { throttled } from "../../lib/athena/scripted-athena.ts";
import { gatewayEvent, invocation } from "../../lib/http/events.ts";
import { arriving, day, uuid } from "../../lib/valid.ts";

vi.mock("node:timers/promises", () => import("../../lib/athena/fake-sleep.ts"));

const NETWORK_MS = 30;
const ENGINE_MS = 1_200;
const ALONE_MS = 20_000;
const FLOODED_MS = 40_000;
const FLOOD_A_SECOND = 50;
const WORSE_BY = 1.5;
const PARTNERS = [uuid("1"), uuid("2"), uuid("3")];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 4, 1, 12) });
  let seed = 1;
  vi.spyOn(Math, "random").mockImplementation(() => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The default of a deploy parameter. */
function byDefault(name: string): number {
  const entries = parameterEntries(readFileSync("serverless.yml", "utf8"));
  return Number(
    entries.flatMap(({ parameters }) => parameters).find((each) => each.name === name)?.byDefault,
  );
}

/** Athena with AWS's default quotas. A query takes its time and returns no figures. */
function simulatedAthena(): AthenaCalls {
  const allows = allowance(DEFAULT_QUOTAS, Date.now);
  const ends = new Map<string, number>();
  const active = () => [...ends.values()].filter((end) => end > Date.now()).length;
  async function ask(operation: string): Promise<void> {
    await pause(NETWORK_MS);
    if (allows(operation, active())) return;
    throw throttled();
  }
  return {
    start: async ({ ClientRequestToken: id = "" }) => {
      await ask("StartQueryExecution");
      ends.set(id, ends.get(id) ?? Date.now() + ENGINE_MS);
      return { QueryExecutionId: id };
    },
    get: async (id) => {
      await ask("GetQueryExecution");
      const State = (ends.get(id) ?? 0) <= Date.now() ? "SUCCEEDED" : "RUNNING";
      return {
        QueryExecution: { Status: { State }, ResultConfiguration: { OutputLocation: `s3://r/${id}` } },
      };
    },
    stop: () => ask("StopQueryExecution"),
    results: () => expect.fail("the result is in S3"),
    workgroup: () => expect.fail("no query reaches a limit"),
  };
}

/** Budgets that all instances share. */
function sharedBudget(perMinute: number): ExecutionBudget {
  const sets = new Map<string, Set<string>>();
  const setOf = (key: string) => {
    const set = sets.get(key) ?? new Set();
    sets.set(key, set);
    return set;
  };
  return async (partner, token) => {
    await pause(NETWORK_MS);
    const window = budgetWindow(Date.now(), { perMinute, freshnessSeconds: 60 });
    const tokens = setOf(`${partner} ${window.start}`);
    const slice = setOf(`${partner} ${window.start} ${window.slice}`);
    const hasRoom = tokens.size < window.limit && slice.size < window.sliceLimit;
    if (!tokens.has(token) && !hasRoom) return { kind: "refused", retryAfterSeconds: 1 };
    tokens.add(token);
    slice.add(token);
    return { kind: "granted" };
  };
}

/** A deployment: the gateway's rate, and an instance of the function for each request at a time. */
function deployment(perMinute: number, rate = byDefault("throttlingRate")) {
  const client = simulatedAthena();
  const openObject = async () => {
    await pause(NETWORK_MS);
    const nothing = USAGE_QUERY_COLUMNS.map((name) => (["seconds", "figures"].includes(name) ? "0" : null));
    return arriving([Buffer.from(encodeResultCsv([USAGE_QUERY_COLUMNS, nothing]))]);
  };
  const take = sharedBudget(perMinute);
  const newInstance = () =>
    reportsApi({
      reports: REPORTS,
      query: athenaQuerier(client, openObject, SETTINGS),
      limits: { earliestDate: day("2000-01-01"), maxRangeDays: 366 },
      resellerClaim: "reseller_ids",
      budget: perMinute === 0 ? undefined : { take, partnerClaim: undefined },
      now: Date.now,
      write: () => undefined,
    });
  const idle: ReturnType<typeof newInstance>[] = [];
  const gateway = tokenBucket(rate, byDefault("throttlingBurst"), Date.now);
  let days = 0;

  /** Asks for a range that nobody has asked for. */
  async function ask(resellers: readonly string[]) {
    const startedAt = Date.now();
    if (!gateway()) return { status: 429, ms: 0 };
    days += 1;
    const start = new Date(Date.UTC(2001, 0, 1 + days)).toISOString().slice(0, 10);
    const event = gatewayEvent({
      query: `start_date=${start}&end_date=${start}`,
      claims: { reseller_ids: resellers },
    });
    const instance = idle.pop() ?? newInstance();
    const answer: unknown = await Reflect.apply(instance, undefined, [event, invocation()]);
    idle.push(instance);
    const status: unknown = typeof answer === "object" && answer ? Reflect.get(answer, "statusCode") : 0;
    return { status: Number(status), ms: Date.now() - startedAt };
  }

  /** Asks at this interval until the time is over. */
  async function askEvery(resellers: readonly string[], every: number, milliseconds: number) {
    const answers = [];
    for (const until = Date.now() + milliseconds; Date.now() < until; await pause(every))
      answers.push(ask(resellers));
    return Promise.all(answers);
  }

  const patient = { ...SETTINGS, waitsOutThrottling: true };
  /** Ten statements one after another, as a rollup runs them, within fifteen minutes. */
  async function rollUp(): Promise<string> {
    const deadline = Date.now() + 15 * 60_000;
    const execute = athenaExecutor(client, patient);
    for (let at = 0; at < 10; at++) {
      await execute({ text: `MERGE ${at}` }, { deadline, observe: () => undefined });
    }
    return "done";
  }

  return {
    rollUp,
    others: async (milliseconds: number) =>
      (await Promise.all(PARTNERS.map((id) => askEvery([id], 1_050, milliseconds)))).flat(),
    flood: (milliseconds: number) => askEvery(PARTNERS, 1_000 / FLOOD_A_SECOND, milliseconds),
  };
}

/** Runs the simulation until the promise has settled. */
async function simulate<T>(promise: Promise<T>): Promise<T> {
  const progress = { isSettled: false };
  const settled = promise.finally(() => {
    progress.isSettled = true;
  });
  settled.catch(() => undefined);
  while (!progress.isSettled) await vi.advanceTimersByTimeAsync(100);
  return settled;
}

function p95(answers: readonly { readonly ms: number }[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

const statuses = (answers: readonly { readonly status: number }[]) =>
  new Set(answers.map(({ status }) => status));

test("a partner that floods takes neither answers nor time from the others, nor from a rollup", async () => {
  const service = deployment(byDefault("partnerExecutionsPerMinute"));
  const alone = await simulate(service.others(ALONE_MS));
  const [flooded, flood, rollup] = await simulate(
    Promise.all([service.others(FLOODED_MS), service.flood(FLOODED_MS), service.rollUp()]),
  );
  expect(statuses([...alone, ...flooded])).toEqual(new Set([200]));
  expect(rollup).toBe("done");
  expect(p95(flooded) / p95(alone)).toBeLessThanOrEqual(WORSE_BY);
  expect(statuses(flood)).toEqual(new Set([200, 429]));
});

test.each([
  ["without budgets", 0, undefined],
  ["with a gateway's rate that one partner can use up", byDefault("partnerExecutionsPerMinute"), 20],
])("the same flood takes answers or time from the others %s", async (_, perMinute, rate) => {
  const service = deployment(perMinute, rate);
  const alone = await simulate(service.others(ALONE_MS));
  const [flooded] = await simulate(Promise.all([service.others(ALONE_MS), service.flood(ALONE_MS)]));
  const isWorse = p95(flooded) / p95(alone) > WORSE_BY;
  expect(isWorse || statuses(flooded).size > 1).toBe(true);
});
