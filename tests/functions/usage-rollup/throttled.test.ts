/** Runs the rollup on an Athena that throttles every start for minutes, with a fake clock. */
import { GetQueryExecutionCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { usageRollup } from "../../../functions/usage-rollup/handler.ts";
import { athenaExecutor, athenaQuerier } from "../../../lib/athena/querier.ts";
import { brokenDirectoryRows } from "../../../lib/rollup/broken-records.ts";
import { recordedDays } from "../../../lib/rollup/statements.ts";
import type { OpenObject } from "../../../lib/s3/read-object.ts";
import { encodeResultCsv } from "../../lib/athena/encode.ts";
import { SETTINGS } from "../../lib/athena/run-query.ts";
import { OUTPUT, scriptedAthena, throttled, withoutWaiting } from "../../lib/athena/scripted-athena.ts";
import { invocation } from "../../lib/http/events.ts";
import { memoryState } from "../../lib/rollup/memory-state.ts";
import { arriving, day } from "../../lib/valid.ts";

vi.mock("node:timers/promises", () => import("../../lib/athena/fake-sleep.ts"));

const STARTED_AT = Date.parse("2026-05-01T12:00:00Z");
const MINUTE = 60_000;
const FUNCTION_MS = 15 * MINUTE;

beforeEach(() => void vi.useFakeTimers({ now: STARTED_AT }));
afterEach(() => vi.useRealTimers());

/** Runs the function while Athena throttles starts until an instant. The table has no days, and one is due. */
function runUntil(throttledUntil: number, event: object) {
  const athena = scriptedAthena();
  const texts = new Map<string, string>();
  const refusals = { before: 0, instants: new Set<number>() };
  athena.script.on(StartQueryExecutionCommand).callsFake(({ QueryString }) => {
    if (Date.now() < throttledUntil) {
      refusals.before += 1;
      refusals.instants.add(Date.now());
      throw throttled();
    }
    const QueryExecutionId = `execution-${texts.size + 1}`;
    texts.set(QueryExecutionId, QueryString);
    return { QueryExecutionId };
  });
  athena.script.on(GetQueryExecutionCommand).callsFake(({ QueryExecutionId }) => ({
    QueryExecution: {
      Status: { State: "SUCCEEDED" },
      ResultConfiguration: { OutputLocation: `${OUTPUT}${QueryExecutionId}.csv` },
    },
  }));
  const openObject: OpenObject = async ({ key }) => {
    const text = texts.get(/execution-\d+/.exec(key)?.[0] ?? "");
    const query = [recordedDays(), brokenDirectoryRows()].find((each) => each.text === text);
    return arriving([Buffer.from(encodeResultCsv([[...(query?.columns ?? [])]]))]);
  };
  const settings = { ...SETTINGS, waitsOutThrottling: true };
  const handler = usageRollup({
    query: athenaQuerier(athena.client, openObject, { ...settings, freshnessSeconds: 0 }),
    execute: athenaExecutor(athena.client, settings),
    list: async function* list() {
      yield [{ key: "call_usage/dt=2026-04-30/a.parquet", size: 1_000, etag: '"a"' }];
    },
    state: memoryState(),
    firstState: memoryState(),
    lake: "s3://lake/",
    table: "s3://rollup/usage_daily/",
    earliestDate: day("2020-01-01"),
    now: Date.now,
    write: () => undefined,
  });
  return { run: withoutWaiting(handler(event, invocation(FUNCTION_MS))), texts, refusals };
}

describe("a rollup whose starts Athena throttles", () => {
  test("merges what is due although ten of its fifteen minutes are throttled", async () => {
    const { run, texts, refusals } = runUntil(STARTED_AT + 10 * MINUTE, { task: "roll up" });
    expect(await run).toMatchObject({ outcome: "caught_up", days_merged: 1 });
    expect([...texts.values()].filter((text) => text.startsWith("MERGE"))).toHaveLength(1);
    // With jitter: about one attempt a second, in no rhythm that would meet other callers repeatedly.
    expect(refusals.before).toBeGreaterThan(300);
    expect(refusals.before).toBeLessThan(1_200);
    expect(refusals.instants.size).toBeGreaterThan(refusals.before * 0.8);
  });

  test("compacts the table nevertheless", async () => {
    const { run } = runUntil(STARTED_AT + 9 * MINUTE, { task: "compact" });
    expect(await run).toMatchObject({ outcome: "compacted" });
  });

  test("ends before the function does if all of its time is throttled, and says so", async () => {
    const { run } = runUntil(STARTED_AT + 60 * MINUTE, { task: "roll up" });
    await expect(run).rejects.toMatchObject({
      code: "engine_timeout",
      cause: { name: "TooManyRequestsException" },
    });
    expect(Date.now() - STARTED_AT).toBeGreaterThan(FUNCTION_MS - 10_000);
    expect(Date.now() - STARTED_AT).toBeLessThan(FUNCTION_MS);
  });
});
