import {
  GetWorkGroupCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TRIES } from "../../../lib/athena/execution.ts";
import { type AthenaSettings, athenaQuerier } from "../../../lib/athena/querier.ts";
import type { ServiceError } from "../../../lib/errors.ts";
import type { OpenObject } from "../../../lib/s3/read-object.ts";
import { usageQuery } from "../../../lib/usage/query.ts";
import { queryCells } from "../usage/cells.ts";
import { collect, periodOf, rejectionOf, scopeOf, uuids } from "../valid.ts";
import { encodeResultCsv } from "./encode.ts";
import {
  agentLine,
  CUTOFF,
  failureOn,
  HEADER,
  O,
  objectOf,
  QUERY,
  R,
  RESULT,
  runOn,
  SETTINGS,
  type Setup,
} from "./run-query.ts";
import {
  type Glimpse,
  internalFault,
  OUTPUT,
  refused,
  type Step,
  scriptedAthena,
  throttled,
  withoutWaiting,
} from "./scripted-athena.ts";

vi.mock("node:timers/promises", () => import("./fake-sleep.ts"));

/** Details that only the log may contain. */
const INSIDE = "SYNTAX_ERROR: line 1:8 at s3://secret-bucket";

const SUCCEEDED: Glimpse = { state: "SUCCEEDED", bytesScanned: 2_000 };
const RUNNING: Glimpse = { state: "RUNNING" };
const QUEUED: Glimpse = { state: "QUEUED" };
const FAILED_FOR_NOW: Glimpse = { state: "FAILED", error: { Retryable: true, ErrorMessage: INSIDE } };
const FAILED_FOR_GOOD: Glimpse = { state: "FAILED", error: { Retryable: false, ErrorMessage: INSIDE } };
const STOPPED: Glimpse = { state: "CANCELLED", bytesScanned: CUTOFF - 1 };
const CUT_OFF: Glimpse = { state: "CANCELLED", bytesScanned: CUTOFF };

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-05-01T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a query that succeeds", () => {
  test("yields every row, parsed by the query's schema", async () => {
    const athena = scriptedAthena();
    athena.executions([QUEUED, RUNNING, SUCCEEDED]);
    const lines = [
      agentLine(60),
      queryCells({ reseller_id: R, organization_id: O, name: "Acme" }),
      queryCells({ reseller_id: R, internal_id: "R-1" }),
    ];
    const openObject = objectOf(encodeResultCsv([HEADER, ...lines]));
    expect(await runOn(athena, { openObject }).rows).toEqual(lines.map(QUERY.parseRow));
  });

  test("may fall from RUNNING back to QUEUED", async () => {
    const athena = scriptedAthena();
    athena.executions([RUNNING, QUEUED, RUNNING, SUCCEEDED]);
    expect(await runOn(athena).rows).toHaveLength(1);
    expect(athena.started()).toHaveLength(1);
    expect(athena.stopped()).toEqual([]);
  });

  test("has only a header if it has no rows", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    expect(await runOn(athena, { openObject: objectOf(encodeResultCsv([HEADER])) }).rows).toEqual([]);
  });

  test("takes the first line as the header, even if the data looks like it", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const openObject = objectOf(encodeResultCsv([HEADER, HEADER]));
    expect((await rejectionOf(runOn(athena, { openObject }).rows)).code).toBe("internal_error");
  });

  test("starts with the text, the parameters and the configured location, and reads the result from the reported location", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const openObject = vi.fn<OpenObject>(RESULT);
    await runOn(athena, { openObject, settings: { output: "s3://own/place/" } }).rows;
    expect(athena.started()).toEqual([
      {
        QueryString: QUERY.text,
        ExecutionParameters: QUERY.parameters,
        QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "lake" },
        WorkGroup: "reports",
        ResultConfiguration: { OutputLocation: "s3://own/place/" },
        ClientRequestToken: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    const { hostname: bucket, pathname } = new URL(`${OUTPUT}execution-1.csv`);
    expect(openObject).toHaveBeenCalledWith({ bucket, key: pathname.slice(1) }, expect.any(AbortSignal));
  });

  test("leaves the result's location to the workgroup if none is set", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    await runOn(athena).rows;
    expect(athena.started()[0]).not.toHaveProperty("ResultConfiguration");
  });

  test("reports its progress: execution, price, times and rows", async () => {
    const athena = scriptedAthena();
    athena.executions([RUNNING, SUCCEEDED]);
    const { rows, facts } = runOn(athena);
    await rows;
    expect(Object.assign({}, ...facts)).toMatchObject({
      queryExecutionId: "execution-1",
      executions: 1,
      bytesScanned: 2_000,
      rows: 1,
      queueMs: expect.any(Number),
      runMs: expect.any(Number),
      readMs: expect.any(Number),
    });
  });
});

describe("identical queries", () => {
  /** The tokens of the starts of one query, run once with each of these settings. */
  async function tokensWith(...settings: readonly Partial<AthenaSettings>[]) {
    const athena = scriptedAthena();
    athena.executions(...settings.map(() => [SUCCEEDED]));
    for (const each of settings) await runOn(athena, { settings: each }).rows;
    return athena.started().map(({ ClientRequestToken }) => ClientRequestToken);
  }

  test("share a token within the freshness window, so they have one execution and one price", async () => {
    const [first, second] = await tokensWith({}, {});
    expect(second).toBe(first);
  });

  test("have different tokens in different windows", async () => {
    const [first, second] = await tokensWith({ freshnessSeconds: 60 }, { freshnessSeconds: 61 });
    expect(second).not.toBe(first);
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED], [SUCCEEDED]);
    await runOn(athena).rows;
    vi.setSystemTime(new Date("2026-05-01T12:01:00Z"));
    await runOn(athena).rows;
    const tokens = athena.started().map(({ ClientRequestToken }) => ClientRequestToken);
    expect(new Set(tokens).size).toBe(2);
  });

  test("have different tokens with a window of 0 s", async () => {
    expect(new Set(await tokensWith({ freshnessSeconds: 0 }, { freshnessSeconds: 0 })).size).toBe(2);
  });

  test.each<Partial<AthenaSettings>>([
    { workgroup: "other" },
    { database: "other" },
    { catalog: "other" },
    { output: "s3://other/" },
  ])("have different tokens in another deployment (%j)", async (settings) => {
    const [first, second] = await tokensWith({}, settings);
    expect(second).not.toBe(first);
  });

  test("have different tokens for another tenant, whose rows the token would return", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED], [SUCCEEDED]);
    const querier = athenaQuerier(athena.client, objectOf(encodeResultCsv([HEADER])), SETTINGS);
    for (const reseller of uuids(2)) {
      const query = usageQuery({
        scope: scopeOf(reseller),
        period: periodOf("2026-04-01", "2026-04-30"),
        organizationIds: undefined,
      });
      await withoutWaiting(
        collect(querier(query, { deadline: Date.now() + 27_000, observe: () => undefined })),
      );
    }
    const [first, second] = athena.started();
    expect(second?.QueryString).toBe(first?.QueryString);
    expect(second?.ClientRequestToken).not.toBe(first?.ClientRequestToken);
  });
});

describe("an execution that does not succeed", () => {
  test.each<[string, Glimpse]>([
    ["FAILED temporarily", FAILED_FOR_NOW],
    ["CANCELLED by somebody else", STOPPED],
  ])("(%s) is followed by a second one with its own token", async (_, first) => {
    const athena = scriptedAthena();
    athena.scanCutoff(CUTOFF);
    athena.executions([first], [RUNNING, SUCCEEDED]);
    const { rows, facts } = runOn(athena);
    expect(await rows).toHaveLength(1);
    const [before, after] = athena.started();
    expect(after?.ClientRequestToken).not.toBe(before?.ClientRequestToken);
    expect({ ...after, ClientRequestToken: "" }).toEqual({ ...before, ClientRequestToken: "" });
    expect(Object.assign({}, ...facts)).toMatchObject({ queryExecutionId: "execution-2", executions: 2 });
  });

  // The executions of one request, and how many of them are paid for.
  test.each<[string, readonly Glimpse[], string, number]>([
    ["FAILED for good", [FAILED_FOR_GOOD], "internal_error", 1],
    ["FAILED without a word", [{ state: "FAILED" }], "internal_error", 1],
    ["FAILED for now, twice", [FAILED_FOR_NOW, FAILED_FOR_NOW], "engine_unavailable", 2],
    ["FAILED for now, then for good", [FAILED_FOR_NOW, FAILED_FOR_GOOD], "internal_error", 2],
    ["CANCELLED by somebody, twice", [STOPPED, STOPPED], "engine_unavailable", 2],
    ["CANCELLED by somebody, then FAILED for now", [STOPPED, FAILED_FOR_NOW], "engine_unavailable", 2],
    ["CANCELLED at the scan cutoff", [CUT_OFF], "range_too_large", 1],
    ["CANCELLED beyond the cutoff", [{ ...CUT_OFF, bytesScanned: CUTOFF + 1 }], "range_too_large", 1],
    ["FAILED for now, then cut off", [FAILED_FOR_NOW, CUT_OFF], "range_too_large", 2],
  ])("(%s) ends the request: %s", async (_, glimpses, code, executions) => {
    const { error, athena } = await failureOn(glimpses.map((glimpse) => [RUNNING, glimpse]));
    expect(error.code).toBe(code);
    expect(athena.started()).toHaveLength(executions);
    expect(athena.stopped()).toEqual([]);
  });

  test("is recognized by its bytes and its error's flag, never by its text", async () => {
    const talk = "Query cancelled! : Bytes scanned limit was exceeded";
    const spoken = await failureOn([[{ ...STOPPED, reason: talk }], [{ ...STOPPED, reason: talk }]]);
    expect(spoken.error.code).toBe("engine_unavailable");
    const silent = await failureOn([[{ ...CUT_OFF, reason: "Query cancelled by user" }]]);
    expect(silent.error.code).toBe("range_too_large");
    const claimed = { ErrorMessage: "retryable: throttled, try again", Retryable: false };
    const failed = await failureOn([[{ state: "FAILED", error: claimed }]]);
    expect(failed.error.code).toBe("internal_error");
  });

  test("is treated as cancelled by another caller if it is CANCELLED without a cutoff of the workgroup", async () => {
    const athena = scriptedAthena();
    athena.executions([CUT_OFF], [SUCCEEDED]);
    expect(await runOn(athena).rows).toHaveLength(1);
  });

  test("names the parameter to change if it exceeds the cutoff", async () => {
    const { error } = await failureOn([[CUT_OFF]]);
    expect(error.errors).toEqual([
      { parameter: "end_date", code: "range_too_large", message: error.message },
    ]);
  });

  describe("and failed before this run, with executions that are shared for ever,", () => {
    const forEver = { settings: { freshnessSeconds: Number.POSITIVE_INFINITY } };
    const endedAt = new Date("2026-05-01T11:00:00Z");

    test.each<[string, readonly Glimpse[]]>([
      ["FAILED for good", [FAILED_FOR_GOOD]],
      ["FAILED for now, twice", [FAILED_FOR_NOW, FAILED_FOR_NOW]],
      ["cut off", [CUT_OFF]],
      ["STOPPED three times", [STOPPED, STOPPED, STOPPED]],
    ])("is ignored, because its cause may have been removed: %s", async (_, earlier) => {
      const athena = scriptedAthena();
      athena.scanCutoff(CUTOFF);
      athena.executions(...earlier.map((glimpse) => [{ ...glimpse, endedAt }]), [SUCCEEDED]);
      expect(await runOn(athena, forEver).rows).toHaveLength(1);
      expect(athena.started()).toHaveLength(earlier.length + 1);
    });

    test("leaves this run its own two executions", async () => {
      const earlier = [{ ...FAILED_FOR_GOOD, endedAt }];
      const { error, athena } = await failureOn([earlier, [FAILED_FOR_NOW], [FAILED_FOR_NOW]], forEver);
      expect([error.code, athena.started().length]).toEqual(["engine_unavailable", 3]);
    });

    test("is ignored twenty times, not without end", async () => {
      const lives = Array.from({ length: 30 }, () => [{ ...FAILED_FOR_GOOD, endedAt }]);
      const { error, athena } = await failureOn(lives, forEver);
      expect([error.code, athena.started().length]).toEqual(["internal_error", 21]);
    });

    test("counts within a window that ends: a caller who repeats a request pays nothing", async () => {
      const { error, athena } = await failureOn([[{ ...FAILED_FOR_GOOD, endedAt }], [SUCCEEDED]]);
      expect([error.code, athena.started().length]).toEqual(["internal_error", 1]);
    });
  });

  test("says when to come back: after the window, in which the request would join the same execution", async () => {
    vi.setSystemTime(new Date("2026-05-01T12:00:10Z"));
    const { error } = await failureOn([[FAILED_FOR_NOW], [STOPPED]]);
    const comeBack = Date.now() + 1_000 * Number(error.headers["retry-after"]);
    expect(comeBack).toBeGreaterThanOrEqual(Date.parse("2026-05-01T12:01:00Z"));
    expect(comeBack).toBeLessThan(Date.parse("2026-05-01T12:01:01Z"));
    const own = await failureOn([[FAILED_FOR_NOW], [STOPPED]], { settings: { freshnessSeconds: 0 } });
    expect(own.error.headers).toEqual({ "retry-after": "5" });
  });
});

describe("the engine's refusal", () => {
  test("of starts is retried, and is a 503 with retry-after when all attempts were refused", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).rejects(throttled());
    const error = await rejectionOf(runOn(athena).rows);
    expect(error.code).toBe("engine_unavailable");
    expect(error.headers["retry-after"]).toMatch(/^[1-9][0-9]*$/);
    expect(athena.started()).toHaveLength(TRIES);
    expect(new Set(athena.started().map(({ ClientRequestToken }) => ClientRequestToken)).size).toBe(1);
  });

  test("of a start is an internal error if it is permanent, and is not repeated", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).rejects(refused());
    expect((await rejectionOf(runOn(athena).rows)).code).toBe("internal_error");
    expect(athena.started()).toHaveLength(1);
  });

  test("of expired credentials is a 503: another instance of the function has other ones", async () => {
    const athena = scriptedAthena();
    const expired = Object.assign(new Error("The security token is expired"), {
      name: "ExpiredTokenException",
    });
    athena.script.on(StartQueryExecutionCommand).rejects(expired);
    const error = await rejectionOf(runOn(athena).rows);
    expect(error.code).toBe("engine_unavailable");
    expect(athena.started()).toHaveLength(1);
  });

  test("of status calls is retried", async () => {
    const athena = scriptedAthena();
    athena.executions([throttled(), throttled(), RUNNING, internalFault(), SUCCEEDED]);
    expect(await runOn(athena).rows).toHaveLength(1);
  });

  test("of a status call stops the execution if it is permanent", async () => {
    const { error, athena } = await failureOn([[RUNNING, refused()]]);
    expect(error.code).toBe("internal_error");
    expect(athena.stopped()).toEqual(["execution-1"]);
  });

  test("of the cutoff is no reason to start again", async () => {
    const athena = scriptedAthena();
    athena.executions([STOPPED]);
    athena.script.on(GetWorkGroupCommand).rejects(throttled());
    expect((await rejectionOf(runOn(athena).rows)).code).toBe("engine_unavailable");
    expect(athena.started()).toHaveLength(1);
  });
});

describe("the deadline", () => {
  test("stops the execution exactly once and is a 504, without retry-after", async () => {
    const { error, athena } = await failureOn([[QUEUED, RUNNING]]);
    expect(error.code).toBe("engine_timeout");
    expect(error.headers).toEqual({});
    expect(athena.stopped()).toEqual(["execution-1"]);
    expect(athena.started()).toHaveLength(1);
  });

  test("is exact to the millisecond: nothing is requested after it", async () => {
    const startedAt = Date.now();
    const { athena } = await failureOn([[RUNNING]], { time: 3_210 });
    expect(Math.max(...athena.pollTimes) - startedAt).toBeLessThanOrEqual(3_210);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stops the execution once, even if Athena refuses to stop it", async () => {
    const athena = scriptedAthena();
    athena.executions([RUNNING]);
    athena.script.on(StopQueryExecutionCommand).rejects(throttled());
    expect((await rejectionOf(runOn(athena).rows)).code).toBe("engine_timeout");
    expect(athena.stopped()).toHaveLength(1);
  });

  test("stops the second execution if the first has failed", async () => {
    const { error, athena } = await failureOn([[FAILED_FOR_NOW], [RUNNING]]);
    expect(error.code).toBe("engine_timeout");
    expect(athena.stopped()).toEqual(["execution-2"]);
  });

  test("during a start asks for that execution by its token, and stops it", async () => {
    const athena = scriptedAthena();
    const starts = athena.script.on(StartQueryExecutionCommand);
    // The answer arrives after the deadline: like in the SDK, the call fails when its signal aborts.
    starts.callsFakeOnce(
      () => new Promise((_, reject) => setTimeout(() => reject(new Error("aborted")), 1_500)),
    );
    starts.resolves({ QueryExecutionId: "execution-1" });
    const error = await rejectionOf(runOn(athena, { time: 1_000 }).rows);
    expect(error.code).toBe("engine_timeout");
    const [first, again, ...more] = athena.started();
    expect(more).toEqual([]);
    expect(again).toEqual(first);
    expect(athena.stopped()).toEqual(["execution-1"]);
  });

  test("while starts are refused has nothing to stop", async () => {
    const athena = scriptedAthena();
    vi.spyOn(Math, "random").mockReturnValue(1);
    athena.script.on(StartQueryExecutionCommand).rejects(throttled());
    const error = await rejectionOf(runOn(athena, { time: 1_000 }).rows);
    expect(error.code).toBe("engine_timeout");
    expect(athena.stopped()).toEqual([]);
  });

  test("is a 504 that stops the execution while Athena throttles status calls", async () => {
    const { error, athena } = await failureOn([[throttled()]]);
    expect(error.code).toBe("engine_timeout");
    expect(athena.stopped()).toEqual(["execution-1"]);
  });

  test("does not stop a finished execution while its result is read", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const openObject: OpenObject = async (_, signal) => endless(signal);
    expect((await rejectionOf(runOn(athena, { openObject }).rows)).code).toBe("engine_timeout");
    expect(athena.stopped()).toEqual([]);
  });

  test("in the past is a 504 before anything is read", async () => {
    const { error } = await failureOn([[SUCCEEDED]], { time: -1 });
    expect(error.code).toBe("engine_timeout");
  });

  test("leaves no timer after a query has ended", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const querier = athenaQuerier(athena.client, RESULT, SETTINGS);
    const rows = collect(querier(QUERY, { deadline: Date.now() + 27_000, observe: () => undefined }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await rows).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an internal failure", () => {
  test.each<[string, readonly Step[], Setup]>([
    ["an execution's failure", [FAILED_FOR_GOOD], {}],
    ["a refused call", [refused(INSIDE)], {}],
    ["a failing object", [SUCCEEDED], { openObject: () => Promise.reject(new Error(INSIDE)) }],
  ])("(%s) is logged and hidden from the caller", async (_, life, setup) => {
    const { error } = await failureOn([life], setup);
    expect(JSON.stringify({ detail: error.message, ...error.headers, errors: error.errors })).not.toContain(
      "secret",
    );
    expect(causesOf(error)).toContain(INSIDE);
  });
});

function causesOf({ cause }: ServiceError): string {
  const messages: string[] = [];
  for (let at = cause; at instanceof Error; at = at.cause) messages.push(at.message);
  return messages.join("; ");
}

/** A header, then nothing until the signal aborts. */
async function* endless(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield Buffer.from(encodeResultCsv([HEADER, agentLine(60)]));
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}
