import { GetQueryExecutionCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { athenaExecutor } from "../../../lib/athena/querier.ts";
import { rejectionOf } from "../valid.ts";
import { SETTINGS } from "./run-query.ts";
import { type Glimpse, scriptedAthena, withoutWaiting } from "./scripted-athena.ts";

vi.mock("node:timers/promises", () => import("./fake-sleep.ts"));

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-05-01T12:00:00Z") }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const MERGE = { text: "MERGE INTO usage_daily …" };
const DONE: Glimpse = { state: "SUCCEEDED" };

function executing(athena: ReturnType<typeof scriptedAthena>, time = 60_000) {
  const execute = athenaExecutor(athena.client, SETTINGS);
  return withoutWaiting(execute(MERGE, { deadline: Date.now() + time, observe: () => undefined }));
}

describe("a statement", () => {
  test("starts a new execution each time, because files may have changed", async () => {
    const athena = scriptedAthena();
    athena.executions([DONE], [DONE]);
    await executing(athena);
    await executing(athena);
    const [first, second] = athena.started();
    expect(second?.QueryString).toBe(first?.QueryString);
    expect(second?.ClientRequestToken).not.toBe(first?.ClientRequestToken);
  });

  test("has no parameters, which Athena refuses for it, and reads no result", async () => {
    const athena = scriptedAthena();
    athena.executions([{ state: "RUNNING" }, DONE]);
    await executing(athena);
    expect(athena.started()).toEqual([
      {
        QueryString: MERGE.text,
        QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "lake" },
        WorkGroup: "reports",
        ClientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  test("succeeds without a location for its result", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "execution-1" });
    athena.script
      .on(GetQueryExecutionCommand)
      .resolves({ QueryExecution: { Status: { State: "SUCCEEDED" }, ResultConfiguration: {} } });
    await executing(athena);
    expect(athena.started()).toHaveLength(1);
  });

  test("fails if its execution failed", async () => {
    const athena = scriptedAthena();
    const reason = "HIVE_BAD_DATA: Malformed Parquet file. ICEBERG_COMMIT_ERROR is not its name";
    athena.executions([{ state: "FAILED", reason }]);
    expect(await rejectionOf(executing(athena))).toMatchObject({ code: "internal_error" });
    expect(athena.started()).toHaveLength(1);
  });

  test("runs again after losing its commit to another statement, and is transient if it loses twice", async () => {
    const lost: Glimpse = {
      state: "FAILED",
      reason: "ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update",
    };
    const athena = scriptedAthena();
    athena.executions([lost], [DONE]);
    await executing(athena);
    expect(athena.started()).toHaveLength(2);
    const twice = scriptedAthena();
    twice.executions([lost], [lost]);
    expect(await rejectionOf(executing(twice))).toMatchObject({ code: "engine_unavailable" });
  });

  test("is stopped once if it takes too long", async () => {
    const athena = scriptedAthena();
    athena.executions([{ state: "RUNNING" }]);
    expect(await rejectionOf(executing(athena, 5_000))).toMatchObject({ code: "engine_timeout" });
    expect(athena.stopped()).toEqual(["execution-1"]);
  });
});
