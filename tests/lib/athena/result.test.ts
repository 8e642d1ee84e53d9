import {
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TRIES } from "../../../lib/athena/execution.ts";
import { type OpenObject, S3Error } from "../../../lib/s3/read-object.ts";
import { queryCells } from "../usage/cells.ts";
import { rejectionOf } from "../valid.ts";
import { encodeResultCsv } from "./encode.ts";
import { agentLine, failureOn, HEADER, O, objectOf, QUERY, R, RESULT, runOn } from "./run-query.ts";
import { type Glimpse, internalFault, refused, scriptedAthena, throttled } from "./scripted-athena.ts";

vi.mock("node:timers/promises", () => import("./fake-sleep.ts"));

const SUCCEEDED: Glimpse = { state: "SUCCEEDED" };
const DENIED: OpenObject = async () => {
  throw new S3Error(403);
};

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-05-01T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a result that does not match the query", () => {
  const header = HEADER;
  test.each<[string, (string | null)[][]]>([
    ["without a header", []],
    ["with data where the header should be", [agentLine(60)]],
    ["with other columns", [header.with(0, "organization_id"), agentLine(60)]],
    ["with the columns in another order", [header.toReversed(), agentLine(60)]],
    ["with a column too few", [header.slice(1), agentLine(60).slice(1)]],
    [
      "with a column too many",
      [
        [...header, "more"],
        [...agentLine(60), null],
      ],
    ],
    ["with a row too short", [header, agentLine(60), agentLine(60).slice(0, -1)]],
    ["with a row too long", [header, [...agentLine(60), null]]],
    ["with an invalid number", [header, agentLine("many")]],
    ["with a number that was rounded", [header, agentLine("6.0E1")]],
    ["with a negative number", [header, agentLine(-60)]],
    ["with a number beyond 2^53 - 1", [header, agentLine("9007199254740993")]],
    ["with NULL where a number should be", [header, agentLine(60).with(HEADER.indexOf("seconds"), null)]],
    ["with an invalid id", [header, agentLine(60).with(0, "reseller")]],
  ])("(%s) is an error, never a smaller answer", async (_, lines) => {
    const { error } = await failureOn([[SUCCEEDED]], { openObject: objectOf(encodeResultCsv(lines)) });
    expect(error.code).toBe("internal_error");
  });

  test.each([
    ["ends within a value", '"reseller_id","organ'],
    ["is no result CSV", "<Error><Code>AccessDenied</Code></Error>\n"],
  ])("(it %s) is an error", async (_, text) => {
    const { error } = await failureOn([[SUCCEEDED]], { openObject: objectOf(text) });
    expect(error.code).toBe("internal_error");
  });

  test("is hidden from the caller, and its reason is logged", async () => {
    const openObject = objectOf(encodeResultCsv([HEADER, agentLine("s3cret")]));
    const { error } = await failureOn([[SUCCEEDED]], { openObject });
    expect(JSON.stringify([error.message, error.errors, error.headers])).not.toContain("seconds");
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe("a result object", () => {
  test("is requested again if S3 is temporarily unavailable", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const openObject = vi
      .fn<OpenObject>(RESULT)
      .mockRejectedValueOnce(new S3Error(503))
      .mockRejectedValueOnce(new S3Error(500));
    expect(await runOn(athena, { openObject }).rows).toHaveLength(1);
    expect(openObject).toHaveBeenCalledTimes(3);
  });

  test.each([
    ["503, again and again", new S3Error(503), "engine_unavailable", TRIES],
    ["400", new S3Error(400), "internal_error", 1],
  ])("is an error if S3 answers with %s", async (_, refusal, code, tries) => {
    const openObject = vi.fn<OpenObject>().mockRejectedValue(refusal);
    const { error, athena } = await failureOn([[SUCCEEDED]], { openObject });
    expect(error.code).toBe(code);
    expect(openObject).toHaveBeenCalledTimes(tries);
    expect(athena.started()).toHaveLength(1);
  });

  test("is an error if its stream fails, whatever had arrived", async () => {
    const openObject: OpenObject = async () => broken(new S3Error(412));
    expect((await failureOn([[SUCCEEDED]], { openObject })).error.code).toBe("internal_error");
    const lost: OpenObject = async () => broken(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    expect((await failureOn([[SUCCEEDED]], { openObject: lost })).error.code).toBe("engine_unavailable");
  });

  test("is an error if its location is not an s3:// URL", async () => {
    const athena = scriptedAthena();
    athena.script.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "execution-1" });
    athena.script.on(GetQueryExecutionCommand).resolves({
      QueryExecution: {
        Status: { State: "SUCCEEDED" },
        ResultConfiguration: { OutputLocation: "https://x/y" },
      },
    });
    expect((await rejectionOf(runOn(athena).rows)).code).toBe("internal_error");
  });
});

describe("a missing result", () => {
  /** Athena's refusal for the results of an execution whose object has expired. */
  const gone = () => refused("Could not find results");

  test("is created again, once, with a token that no other request has", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED], [SUCCEEDED]);
    athena.script.on(GetQueryResultsCommand).rejects(gone());
    const openObject = vi.fn<OpenObject>(RESULT).mockResolvedValueOnce(undefined);
    const { rows, facts } = runOn(athena, {
      openObject,
      settings: { freshnessSeconds: Number.POSITIVE_INFINITY },
    });
    expect(await rows).toHaveLength(1);
    const [first, second] = athena.started();
    expect(second?.QueryString).toBe(first?.QueryString);
    expect(second?.ExecutionParameters).toEqual(first?.ExecutionParameters);
    expect(second?.ClientRequestToken).not.toBe(first?.ClientRequestToken);
    expect(Object.assign({}, ...facts)).toMatchObject({
      queryExecutionId: "execution-2",
      executions: 2,
      rows: 1,
    });
  });

  test("is an error the second time", async () => {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED], [SUCCEEDED]);
    athena.script.on(GetQueryResultsCommand).rejects(gone());
    expect((await rejectionOf(runOn(athena, { openObject: DENIED }).rows)).code).toBe("internal_error");
    expect(athena.started()).toHaveLength(2);
  });

  test("is not assumed if Athena cannot return it now, or may not return it to this role", async () => {
    const accessDenied = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    for (const [refusal, code] of [
      [throttled(), "engine_unavailable"],
      [accessDenied, "internal_error"],
    ] as const) {
      const athena = scriptedAthena();
      athena.executions([SUCCEEDED]);
      athena.script.on(GetQueryResultsCommand).rejects(refusal);
      expect((await rejectionOf(runOn(athena, { openObject: DENIED }).rows)).code).toBe(code);
      expect(athena.started()).toHaveLength(1);
    }
  });
});

describe("pages of results", () => {
  /** Pages of 1,000 lines, the header first. The second page comes after these faults. */
  function withPages(lines: readonly (readonly (string | null)[])[], faults: readonly Error[] = []) {
    const athena = scriptedAthena();
    athena.executions([SUCCEEDED]);
    const all = [HEADER, ...lines];
    const count = Math.ceil(all.length / 1_000);
    const page = (number: number) => ({
      ResultSet: {
        Rows: all
          .slice(number * 1_000, (number + 1) * 1_000)
          .map((cells) => ({ Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: cell })) })),
      },
      ...(number + 1 < count && { NextToken: `page-${number + 1}` }),
    });
    const pages = athena.script.on(GetQueryResultsCommand).rejects(refused("unknown token"));
    pages
      .on(GetQueryResultsCommand, { QueryExecutionId: "execution-1", NextToken: undefined })
      .resolves(page(0));
    for (let number = 1; number < count; number++) {
      const behavior = athena.script.on(GetQueryResultsCommand, { NextToken: `page-${number}` });
      if (number === 1) for (const fault of faults) behavior.rejectsOnce(fault);
      behavior.resolves(page(number));
    }
    return athena;
  }

  test.each([0, 1, 998, 999, 1_000, 1_999, 2_500])(
    "are read one after the other if the object is denied: all %d rows, with one header",
    async (count) => {
      const lines = Array.from({ length: count }, (_, index) => agentLine(index));
      const athena = withPages(lines);
      expect(await runOn(athena, { openObject: DENIED }).rows).toEqual(lines.map(QUERY.parseRow));
      const calls = athena.script.commandCalls(GetQueryResultsCommand);
      expect(calls).toHaveLength(Math.ceil((count + 1) / 1_000));
    },
  );

  test("distinguish NULL, an absent VarCharValue, from an empty text", async () => {
    const athena = withPages([queryCells({ reseller_id: R, organization_id: O, name: "", internal_id: "" })]);
    expect(await runOn(athena, { openObject: DENIED }).rows).toEqual([
      expect.objectContaining({
        level: "organization",
        names: { name: "", externalId: null, internalId: "" },
      }),
    ]);
  });

  const many = Array.from({ length: 1_500 }, (_, index) => agentLine(index));

  test("are requested again if throttled", async () => {
    const athena = withPages(many, [throttled(), internalFault()]);
    expect(await runOn(athena, { openObject: DENIED }).rows).toHaveLength(1_500);
  });

  test.each([
    ["for good", [refused()], "internal_error"],
    ["too often", Array.from({ length: TRIES }, throttled), "engine_unavailable"],
  ])("never give a smaller answer if they fail %s", async (_, faults, code) => {
    const athena = withPages(many, faults);
    expect((await rejectionOf(runOn(athena, { openObject: DENIED }).rows)).code).toBe(code);
  });

  test("give an error for a page without rows", async () => {
    const athena = withPages([]);
    athena.script.on(GetQueryResultsCommand).resolves({});
    expect((await rejectionOf(runOn(athena, { openObject: DENIED }).rows)).code).toBe("internal_error");
  });

  test("give an error for a row without cells", async () => {
    const athena = withPages([agentLine(1), []]);
    expect((await rejectionOf(runOn(athena, { openObject: DENIED }).rows)).code).toBe("internal_error");
  });
});

/** A header and a row, then the error. */
async function* broken(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from(encodeResultCsv([HEADER, agentLine(60)]));
  throw error;
}
