import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { athenaQuerier } from "../../../lib/athena/querier.ts";
import { ServiceError } from "../../../lib/errors.ts";
import type { ExecutionFacts } from "../../../lib/query.ts";
import { collect, rejectionOf } from "../valid.ts";
import { QUERY, RESULT, SETTINGS } from "./run-query.ts";
import { type Step, scriptedAthena, withoutWaiting } from "./scripted-athena.ts";

vi.mock("node:timers/promises", () => import("./fake-sleep.ts"));

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-05-01T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

const MEGABYTE = 1_000_000;
const RETRYABLE: Step = { state: "FAILED", error: { Retryable: true }, bytesScanned: 30 * MEGABYTE };

/** Runs the query with an admission, over executions with these lives; what was asked, started and charged. */
async function run(lives: readonly (readonly Step[])[], refusal?: ServiceError) {
  const athena = scriptedAthena();
  athena.executions(...lives);
  const asked: string[] = [];
  const charged: number[] = [];
  const rows = collect(
    athenaQuerier(
      athena.client,
      RESULT,
      SETTINGS,
    )(QUERY, {
      deadline: Date.now() + 27_000,
      observe: ({ chargedBytes }: ExecutionFacts) => void (chargedBytes && charged.push(chargedBytes)),
      admit: async (token) => {
        asked.push(token);
        if (refusal !== undefined) throw refusal;
      },
    }),
  );
  const failure = await rejectionOf(withoutWaiting(rows)).catch(() => undefined);
  return {
    asked,
    charged,
    failure,
    tokens: athena.started().map(({ ClientRequestToken }) => ClientRequestToken),
  };
}

describe("an admission", () => {
  test("is asked for once, with the token of the first start, also where a second one follows", async () => {
    const { asked, tokens } = await run([[RETRYABLE], [{ state: "SUCCEEDED" }]]);
    expect(tokens).toHaveLength(2);
    expect(asked).toEqual([tokens[0]]);
  });

  test("that is refused starts nothing, and fails the query with its own error", async () => {
    const refusal = new ServiceError("too_many_queries", "Later.");
    const { failure, tokens, charged } = await run([[{ state: "SUCCEEDED" }]], refusal);
    expect(failure).toBe(refusal);
    expect([tokens, charged]).toEqual([[], []]);
  });
});

describe("the bytes that Athena charges for", () => {
  test.each<[string, readonly (readonly Step[])[], readonly number[]]>([
    ["10 MB at least", [[{ state: "SUCCEEDED", bytesScanned: 5 }]], [10 * MEGABYTE]],
    ["what was read", [[{ state: "SUCCEEDED", bytesScanned: 50 * MEGABYTE }]], [50 * MEGABYTE]],
    [
      "those of each execution",
      [[RETRYABLE], [{ state: "SUCCEEDED", bytesScanned: 1 }]],
      [30 * MEGABYTE, 10 * MEGABYTE],
    ],
    [
      "what an execution had read when it was stopped",
      [
        [
          { state: "RUNNING", bytesScanned: 20 * MEGABYTE },
          { state: "RUNNING", bytesScanned: 70 * MEGABYTE },
        ],
      ],
      [70 * MEGABYTE],
    ],
  ])("are %s", async (_, lives, expected) => {
    expect((await run(lives)).charged).toEqual(expected);
  });
});
