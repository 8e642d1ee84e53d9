import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { duckdbEngine } from "../../local/engine/duckdb.ts";
import type { Engine } from "../../local/engine/engine.ts";
import { writeLake } from "../../local/lake/write.ts";
import { expectedReport } from "../oracle.ts";
import { APRIL, DENTAL, LAKE, NORTH, SOUTH } from "./fixture.ts";
import { startOver, type TestStack } from "./test-stack.ts";

const NORTH_REPORT = JSON.stringify(
  expectedReport(LAKE, { resellers: [NORTH], start_date: "2026-04-01", end_date: "2026-04-30" }),
);

const summary = z.object({
  answers: z.array(z.object({ status: z.number(), body: z.string() })),
  waitsFor: z.array(z.string()),
});
const logLine = z.object({ query_execution_id: z.string().optional() });

interface Call {
  readonly claim?: readonly string[];
  readonly query?: string;
  /** Milliseconds that the function has. */
  readonly remaining?: number;
}

let folder: string;
let stack: TestStack;
let duckdb: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "single-flight-"));
  await writeLake(join(folder, "lake"), LAKE);
  duckdb = await duckdbEngine(join(folder, "lake"));
  // Long enough for every process to join an execution before it has ended.
  const slow: Engine = {
    run: async (sql, parameters, signal) => {
      await sleep(4_000, undefined, { signal });
      return duckdb.run(sql, parameters, signal);
    },
    close: () => duckdb.close(),
  };
  stack = await startOver(slow, join(folder, "objects"), {});
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await duckdb.close();
  await rm(folder, { recursive: true });
});

/** Sends these calls at once from a process of its own; returns the answers and their executions. */
async function inProcess(calls: readonly Call[], environment: Record<string, string> = {}) {
  const events = calls.map(({ claim = [NORTH], query = APRIL, remaining = 29_000 }) => ({
    claim,
    query,
    remaining,
  }));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, "invoke.ts"), JSON.stringify(events)],
    {
      env: {
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_ENDPOINT_URL_ATHENA: stack.athena,
        AWS_ENDPOINT_URL_S3: stack.s3,
        ATHENA_WORKGROUP: "minutes-service",
        ATHENA_DATABASE: "minutes",
        // A window that does not end during a test.
        FRESHNESS_SECONDS: "999999",
        ...environment,
      },
    },
  );
  const lines = stdout.trimEnd().split("\n");
  const executions = lines.slice(0, -1).map((line) => logLine.parse(JSON.parse(line)).query_execution_id);
  return { ...summary.parse(JSON.parse(lines.at(-1) ?? "")), executions };
}

describe("single flight", () => {
  test("makes one execution of 100 identical requests from four processes", async () => {
    const calls = Array.from({ length: 25 }, () => ({}));
    const processes = await Promise.all(Array.from({ length: 4 }, () => inProcess(calls)));
    const answers = processes.flatMap((each) => each.answers);
    expect(answers).toEqual(Array.from({ length: 100 }, () => ({ status: 200, body: NORTH_REPORT })));
    expect(new Set(processes.flatMap((each) => each.executions)).size).toBe(1);
  });

  test("makes another execution for another tenant, filter, period or freshness window", async () => {
    const calls: Call[] = [
      { query: "?start_date=2026-04-02&end_date=2026-04-30" },
      { claim: [SOUTH] },
      { claim: [NORTH, SOUTH] },
      { query: `${APRIL}&organization_ids=${DENTAL}` },
      { query: `${APRIL}&reseller_ids=${NORTH}`, claim: [NORTH, SOUTH] },
    ];
    const [shared, unshared] = await Promise.all([
      inProcess(calls),
      inProcess([{}, {}], { FRESHNESS_SECONDS: "0" }),
    ]);
    const executions = [...shared.executions, ...unshared.executions];
    expect(new Set(executions).size).toBe(executions.length);
    expect([...shared.answers, ...unshared.answers].map(({ status }) => status)).toEqual(
      executions.map(() => 200),
    );
  });

  test("does not fail the other callers of a shared execution that one caller stops; they share another", async () => {
    const query = "?start_date=2026-04-03&end_date=2026-04-30";
    const [hasty, ...patient] = await Promise.all([
      inProcess([{ query, remaining: 4_000 }]),
      inProcess([{ query }, { query }]),
      inProcess([{ query }]),
    ]);
    expect(hasty.answers.map(({ status }) => status)).toEqual([504]);
    expect(patient.flatMap(({ answers }) => answers.map(({ status }) => status))).toEqual([200, 200, 200]);
    expect(new Set(patient.flatMap(({ executions }) => executions)).size).toBe(1);
    expect(patient[0]?.executions[0]).not.toBe(hasty.executions[0]);
  });

  test("says when the window ends if the engine refuses, because the refusal would stay the same", async () => {
    stack.faults.set([
      { on: "GetQueryExecution", effect: { kind: "show", state: "FAILED", retryable: true } },
    ]);
    const query = "?start_date=2026-04-05&end_date=2026-04-30";
    const { answers } = await inProcess([{ query }], { FRESHNESS_SECONDS: "3600" });
    stack.faults.set([]);
    const seconds = /Try again in (\d+) seconds/.exec(answers[0]?.body ?? "")?.[1];
    const left = 3_600 - ((Date.now() / 1_000) % 3_600);
    expect(answers[0]?.status).toBe(503);
    expect(Number(seconds)).toBeGreaterThan(left - 1);
    expect(Number(seconds)).toBeLessThan(left + 30);
  });

  test("leaves no timer after an answered request", async () => {
    const { waitsFor } = await inProcess([
      {},
      { remaining: 3_000, query: "?start_date=2026-04-04&end_date=2026-04-30" },
    ]);
    expect(waitsFor).toEqual([]);
  });
});
