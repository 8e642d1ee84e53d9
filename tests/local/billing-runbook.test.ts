import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../local/faults.ts";
import { ROLLUP_VARIABLES, startFunction } from "../../local/functions.ts";
import { FunctionError } from "../../local/lambda/function.ts";
import { BILLED_LAKE } from "./billed-lake.ts";
import { stackOver, type TestStack } from "./test-stack.ts";

const ROOT = join(import.meta.dirname, "../..");
const CUTOFF = 1_000_000;

let stack: TestStack;
let runbook: string;
/** The codes that have a row in the runbook. */
let codes: readonly (string | undefined)[];
beforeAll(async () => {
  stack = await stackOver(BILLED_LAKE, {}, { rollsUp: true, bytesScannedCutoff: CUTOFF });
  runbook = await readFile(join(ROOT, "docs/operate.md"), "utf8");
  codes = Array.from(runbook.matchAll(/^\| `([a-z_]+)` \|/gm), ([, code]) => code);
});
afterAll(() => stack[Symbol.asyncDispose]());
afterEach(() => stack.faults.set([]));

/** The last run's line of the log. */
function lastLine(): unknown {
  const lines = stack.log().split("\n");
  const line = lines.findLast((each) => each.includes('"message":"snapshot"')) ?? "{}";
  return JSON.parse(line);
}

/** By hand, each an hour later than the one before. */
let hour = 10;
const nextEvent = () => ({ period: "2026-04", as_of: `2026-05-04T${hour++}:00:00Z` });

function show(
  state: "FAILED" | "CANCELLED",
  more: { retryable?: boolean; dataScannedInBytes?: number } = {},
) {
  return { on: "GetQueryExecution", effect: { kind: "show", state, ...more } } satisfies FaultRule;
}

function refuse(on: string, status: number, type: string): FaultRule {
  return { on, effect: { kind: "refuse", status, type } };
}

describe("a run that failed has a row in the runbook, and succeeds with the same event once the cause is removed:", () => {
  test.each<[string, string, FaultRule]>([
    ["range_too_large", "the scan cutoff", show("CANCELLED", { dataScannedInBytes: CUTOFF })],
    ["engine_unavailable", "a failure that may be retried", show("FAILED", { retryable: true })],
    ["internal_error", "a failure for good", show("FAILED")],
    ["internal_error", "a query denied", refuse("StartQueryExecution", 400, "AccessDeniedException")],
    ["internal_error", "an object denied", refuse("GetObject", 403, "AccessDenied")],
  ])("%s, by %s", async (code, _, fault) => {
    const event = nextEvent();
    stack.faults.set([fault]);
    await expect(stack.snapshot(event)).rejects.toThrow(FunctionError);
    const { as_of } = event;
    await expect.poll(lastLine).toMatchObject({ level: "error", code, as_of, SnapshotFailures: 1 });
    // No advice of the report's, such as to ask for fewer days.
    expect(lastLine()).toHaveProperty("detail", expect.not.stringMatching(/range|Try again|contact/));
    expect(codes).toContain(code);
    stack.faults.set([]);
    await expect(stack.snapshot(event)).resolves.toHaveProperty("revision", 1);
  });

  test("engine_timeout, by a query that does not end", async () => {
    const event = nextEvent();
    // All but two seconds of its time are kept back for the end of the run.
    const hasty = startFunction("billing-snapshot", {
      functions: join(ROOT, "dist/functions"),
      athena: stack.athena,
      s3: stack.s3,
      timeout: 22,
      environment: { LAKE_LOCATION: ROLLUP_VARIABLES.LAKE_LOCATION },
      log: (text) => void (logged += text),
    });
    let logged = "";
    stack.faults.set([{ on: "GetQueryExecution", effect: { kind: "show", state: "RUNNING" } }]);
    await expect(hasty.invoke(event, "request")).rejects.toThrow(FunctionError);
    await expect.poll(() => logged).toContain('"code":"engine_timeout"');
    expect(codes).toContain("engine_timeout");
    expect(stack.faults.calls()).toHaveProperty("StopQueryExecution", 1);
    stack.faults.set([]);
    await hasty.close();
    // With all of its time: on a busy machine the query may take more than two seconds.
    await expect(stack.snapshot(event)).resolves.toHaveProperty("revision", 1);
  });

  test("snapshot_conflict, by two runs at once", async () => {
    // Both look before either of them has its figures.
    stack.faults.set([{ on: "GetQueryExecution", effect: { kind: "delay", milliseconds: 500 } }]);
    const events = ["2026-05-10T06:00:00Z", "2026-05-11T06:00:00Z"].map((as_of) => ({
      period: "2026-04",
      as_of,
    }));
    const results = await Promise.allSettled(events.map((event) => stack.snapshot(event)));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect.poll(stack.log).toContain('"code":"snapshot_conflict"');
    expect(codes).toContain("snapshot_conflict");
    stack.faults.set([]);
    const later = { period: "2026-04", as_of: "2026-05-11T07:00:00Z" };
    expect(await stack.snapshot(later)).toMatchObject({ outcome: "unchanged", revision: 2 });
  });
});

test("the events of the runbook's commands are those that the function takes", async () => {
  const [, closing = ""] = /--payload '([^']+)'/.exec(runbook) ?? [];
  expect(await stack.snapshot(JSON.parse(closing))).toMatchObject({ period: "2026-04", revision: 2 });
  const [, billing = ""] = /\| `billing-snapshot` \| `([^`]+)` \|/.exec(runbook) ?? [];
  expect(await stack.snapshot(JSON.parse(billing))).toMatchObject({ outcome: "billed" });
});
