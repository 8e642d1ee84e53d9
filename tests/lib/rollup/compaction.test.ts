import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { athenaExecutor } from "../../../lib/athena/querier.ts";
import { compact } from "../../../lib/rollup/compaction.ts";
import { SETTINGS } from "../athena/run-query.ts";
import { type Glimpse, scriptedAthena, withoutWaiting } from "../athena/scripted-athena.ts";

vi.mock("node:timers/promises", () => import("../athena/fake-sleep.ts"));

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-05-01T04:30:00Z") }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const DONE: Glimpse = { state: "SUCCEEDED" };
const RUNNING: Glimpse = { state: "RUNNING" };
const BROKEN: Glimpse = { state: "FAILED", reason: "ICEBERG_BAD_DATA: a file is not Parquet" };

/** Athena's error for a statement that reached its limit of partitions or files. */
const more = (statement: "OPTIMIZE" | "VACUUM"): Glimpse => ({
  state: "FAILED",
  error: { ErrorMessage: `ICEBERG_${statement}_MORE_RUNS_NEEDED: run the statement again`, Retryable: false },
});

/**
 * Runs a compaction on an Athena whose executions end like this; returns the verbs of the statements that it started.
 */
function compacting(...ends: readonly Glimpse[]) {
  const athena = scriptedAthena();
  athena.executions(...ends.map((end) => [end]));
  const observe = () => undefined;
  const result = withoutWaiting(
    compact({
      execute: athenaExecutor(athena.client, SETTINGS),
      optimizing: { deadline: Date.now() + 600_000, observe },
      finishing: { deadline: Date.now() + 895_000, observe },
    }),
  );
  const verbs = () => athena.started().map(({ QueryString = "" }) => QueryString.split(" ")[0]);
  return { result, verbs, athena };
}

describe("a compaction", () => {
  test("runs OPTIMIZE and VACUUM once each if that is enough", async () => {
    const { result, verbs } = compacting(DONE, DONE);
    expect(await result).toEqual({ outcome: "compacted", optimize_runs: 1, vacuum_runs: 1 });
    expect(verbs()).toEqual(["OPTIMIZE", "VACUUM"]);
  });

  test("repeats each statement while Athena says that more runs are needed", async () => {
    const { result, verbs } = compacting(more("OPTIMIZE"), more("OPTIMIZE"), DONE, more("VACUUM"), DONE);
    expect(await result).toEqual({ outcome: "compacted", optimize_runs: 3, vacuum_runs: 2 });
    expect(verbs()).toEqual(["OPTIMIZE", "OPTIMIZE", "OPTIMIZE", "VACUUM", "VACUUM"]);
  });

  test("runs VACUUM even if OPTIMIZE failed, and fails afterwards", async () => {
    const { result, verbs } = compacting(BROKEN, DONE);
    await expect(result).rejects.toMatchObject({
      code: "compaction_failed",
      message: expect.stringMatching(/^OPTIMIZE failed/),
    });
    expect(verbs()).toEqual(["OPTIMIZE", "VACUUM"]);
  });

  test("names both statements if both failed, and keeps the first cause", async () => {
    await expect(compacting(BROKEN, BROKEN).result).rejects.toMatchObject({
      message: expect.stringMatching(/^OPTIMIZE and VACUUM failed/),
      cause: { code: "internal_error" },
    });
  });

  test("is cut off, not failed, if time ends after a run that made progress; VACUUM still gets its time", async () => {
    const { result, verbs } = compacting(more("OPTIMIZE"), RUNNING, DONE);
    expect(await result).toEqual({ outcome: "cut_off", optimize_runs: 1, vacuum_runs: 1 });
    expect(verbs()).toEqual(["OPTIMIZE", "OPTIMIZE", "VACUUM"]);
  });

  test("fails, and is not cut off, if a statement fails after a run that made progress", async () => {
    const { result, verbs } = compacting(more("OPTIMIZE"), BROKEN, DONE);
    await expect(result).rejects.toMatchObject({
      code: "compaction_failed",
      message: expect.stringMatching(/^OPTIMIZE failed/),
    });
    expect(verbs()).toEqual(["OPTIMIZE", "OPTIMIZE", "VACUUM"]);
  });

  test("fails if time ends before any run made progress, because the next night would end in the same way", async () => {
    const { result, athena } = compacting(RUNNING, DONE);
    await expect(result).rejects.toMatchObject({ code: "compaction_failed" });
    expect(athena.stopped()).toEqual(["execution-1"]);
  });
});
